"""The commands that the stand-in podman and the real one both have to answer alike, in order: each lives on the last.

`@provider@` is libkrun for the stand-in and qemu for the real podman of Linux, `@other@` a provider the side does not
have. Every line is POSIX sh, run in the home folder with CONTAINERS_MACHINE_PROVIDER=@provider@ in its environment.
"""

from dataclasses import dataclass

CONFIG = "~/.config/containers"
MACHINES = f"{CONFIG}/podman/machine/@provider@"
DATA = "~/.local/share/containers/podman/machine"
M = "podman machine"
C = "podman system connection"
_INIT = f"{M} init --image ~/disk.raw --timezone Etc/UTC"
_KEY = f"{DATA}/machine"


@dataclass(frozen=True)
class Step:
    """One line of shell by name."""

    name: str
    command: str


def _steps(prefix: str, **commands: str) -> tuple[Step, ...]:
    return tuple(Step(f"{prefix}-{name.replace('_', '-')}", command) for name, command in commands.items())


def _conf(name: str, text: str) -> str:
    return f"mkdir -p {CONFIG}/containers.conf.d && printf '{text}' >{CONFIG}/{name}"


BARE = _steps(
    "bare",
    version="podman --version",
    no_command="podman",
    unknown_command="podman frobnicate",
    unknown_flag="podman --bogus machine list",
    machine_alone=M,
    machine_unknown_verb=f"{M} bogus",
    list=f"{M} list",
    ls=f"{M} ls",
    list_json=f"{M} list --format json",
    list_quiet=f"{M} list -q",
    list_template=f"{M} list --format '{{{{.Name}}}}'",
    list_no_heading=f"{M} list --noheading",
    list_unknown_flag=f"{M} list --bogus",
    list_all_providers=f"{M} list --all-providers --format json",
    list_argument=f"{M} list carbon",
    inspect=f"{M} inspect carbon",
    inspect_nothing=f"{M} inspect",
    inspect_two=f"{M} inspect carbon other",
    inspect_template=f"{M} inspect --format '{{{{.State}}}}' carbon",
    info=f"{M} info",
    info_json=f"{M} info --format json",
    info_template=f"{M} info --format '{{{{.Host.VMType}}}} {{{{.Host.NumberOfMachines}}}}'",
    info_bad_template=f"{M} info --format '{{{{.Bogus}}}}'",
    start=f"{M} start carbon </dev/null",
    start_nothing=f"{M} start </dev/null",
    stop=f"{M} stop carbon",
    stop_nothing=f"{M} stop",
    rm=f"{M} rm -f carbon",
    rm_nothing=f"{M} rm -f",
    rm_no_force=f"{M} rm carbon </dev/null",
    set=f"{M} set --cpus 2 carbon",
    ssh=f"{M} ssh carbon true </dev/null",
    ssh_nothing=f"{M} ssh </dev/null",
    root=f"@root@ {M} list",
    root_start=f"@root@ {M} start carbon",
)

CONNECTIONS = _steps(
    "connection",
    alone=C,
    unknown_verb=f"{C} bogus",
    list=f"{C} list",
    list_json=f"{C} list --format json",
    list_quiet=f"{C} list -q",
    default_missing=f"{C} default nope",
    default_nothing=f"{C} default",
    remove_missing=f"{C} remove nope",
    remove_nothing=f"{C} remove",
    remove_all_of_none=f"{C} remove --all",
    add_nothing=f"{C} add",
    add_one_word=f"{C} add carbon",
    add_unknown_flag=f"{C} add --bogus a b",
    add_bad_scheme=f"{C} add bad ftp://core@127.0.0.1:1/x",
    add=f"{C} add --identity /Users/lab/key first ssh://core@127.0.0.1:50022/run/user/501/podman/podman.sock",
    add_again=f"{C} add --identity /Users/lab/key first ssh://core@127.0.0.1:50022/run/user/501/podman/podman.sock",
    add_machine_key=f"{C} add --identity {_KEY} second ssh://root@127.0.0.1:50023/run/podman/podman.sock",
    add_default=f"{C} add --default --identity /Users/lab/key third ssh://root@127.0.0.1:50024/run/podman/podman.sock",
    listed=f"{C} list",
    listed_json=f"{C} list --format json",
    listed_quiet=f"{C} list -q",
    listed_names=f"{C} list --format '{{{{.Name}}}} {{{{.Default}}}}'",
    listed_table=f"{C} list --format 'table {{{{.Name}}}}\\t{{{{.URI}}}}'",
    default=f"{C} default second",
    default_again=f"{C} default second",
    remove_default=f"{C} remove second",
    after_default_removed=f"{C} list --format json",
    remove=f"{C} rm third",
    list_argument=f"{C} list first",
    list_bad_field=f"{C} list --format '{{{{.Bogus}}}}'",
    no_such_key="podman --connection first ps",
    no_such_key_by_variable="CONTAINER_CONNECTION=first podman --remote ps",
    unknown="podman --connection nope ps",
    unknown_by_variable="CONTAINER_CONNECTION=nope podman --remote ps",
    remove_all=f"{C} remove --all",
)

PROVIDERS = _steps(
    "provider",
    empty=f"CONTAINERS_MACHINE_PROVIDER= {M} list --format json",
    bad=f"CONTAINERS_MACHINE_PROVIDER=bogus {M} list",
    bad_inspect=f"CONTAINERS_MACHINE_PROVIDER=bogus {M} inspect carbon",
    bad_init=f"CONTAINERS_MACHINE_PROVIDER=bogus {_INIT} carbon",
    bad_connection_list=f"CONTAINERS_MACHINE_PROVIDER=bogus {C} list",
    other_systems=f"CONTAINERS_MACHINE_PROVIDER=@other@ {M} list",
    upper_case=f"CONTAINERS_MACHINE_PROVIDER=@PROVIDER@ {M} list --format json",
    spaces=f"CONTAINERS_MACHINE_PROVIDER=' @provider@' {M} list --format json",
    in_main=_conf("containers.conf", '[machine]\\nprovider = "main"\\n')
    + f"; unset CONTAINERS_MACHINE_PROVIDER; {M} list",
    variable_wins=f"{M} list --format json",
    empty_variable_wins=f"CONTAINERS_MACHINE_PROVIDER= {M} list --format json",
    in_drop_in=_conf("containers.conf.d/50-b.conf", '[machine]\\nprovider = "b"\\n')
    + f"; unset CONTAINERS_MACHINE_PROVIDER; {M} list",
    in_earlier_drop_in=_conf("containers.conf.d/10-a.conf", '[machine]\\nprovider = "a"\\n')
    + f"; unset CONTAINERS_MACHINE_PROVIDER; {M} list",
    in_later_drop_in=_conf("containers.conf.d/90-c.conf", '[machine]\\nprovider = "c"\\n')
    + f"; unset CONTAINERS_MACHINE_PROVIDER; {M} list",
    drop_in_other_name=_conf("containers.conf.d/99-d.config", '[machine]\\nprovider = "d"\\n')
    + f"; unset CONTAINERS_MACHINE_PROVIDER; {M} list",
    only_file=_conf("own.conf", '[machine]\\nprovider = "own"\\n')
    + f"; unset CONTAINERS_MACHINE_PROVIDER; CONTAINERS_CONF={CONFIG}/own.conf {M} list",
    override_file="unset CONTAINERS_MACHINE_PROVIDER; " + f"CONTAINERS_CONF_OVERRIDE={CONFIG}/own.conf {M} list",
    missing_only_file=f"CONTAINERS_CONF=/nowhere.conf {M} list --format json",
    broken_toml=_conf("containers.conf.d/95-e.conf", "[machine\\n") + f"; {M} list",
    cleared=f"rm -r {CONFIG}/containers.conf {CONFIG}/own.conf {CONFIG}/containers.conf.d; {M} list --format json",
)
