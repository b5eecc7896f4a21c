"""A Mac's podman machine in memory: every one the resource may meet, and what its commands do to one."""

from collections.abc import Callable
from dataclasses import replace

from hypothesis import strategies as st

from carbon_fleet.plan import Change, Command
from carbon_fleet.spec import Size
from operations.machine import Machine
from operations.machine.commands import script
from operations.machine.connections import wished
from operations.machine.scripts import WHY, guarded, step
from operations.machine.seen import Config, Connection, Disk, MachineSeen, Processes, Replaced, State

GIB = 2**30
IDENTITY = "/Users/lab/.local/share/containers/podman/machine/machine"
VOLUMES = ("/Users:/Users", "/private:/private", "/opt/data:/mnt/data:ro")
SCRIPTS = {
    **{script(name): name for name in ("create", "start", "stop", "remove", "clear", "finish")},
    **{guarded(name): f"guarded-{name}" for name in WHY},
    **{step(name): name for name in ("save", "aside", "settle", "forget", "purge")},
}
KEPT = "/Users/lab/.local/state/carbon-fleet/replaced/carbon/20261130T050322Z"
NOTES = (("", ""), ("", ""), ("saving", KEPT), ("saved", KEPT), ("moving", KEPT), ("moved", KEPT))


def strategy_wanted() -> st.SearchStrategy[Machine]:
    """Any wish of `machine:`."""
    return st.builds(
        Machine,
        cpus=st.integers(1, 8),
        memory=st.integers(1, 60).map(lambda gib: Size(gib * GIB)),
        disk=st.integers(10, 200).map(lambda gib: Size(gib * GIB)),
        rootful=st.booleans(),
        volumes=st.lists(st.sampled_from(VOLUMES), unique=True).map(tuple),
        swap=st.sampled_from([None, Size(GIB), Size(2 * GIB)]),
        image=st.sampled_from([None, "quay.io/lab/os:1", "quay.io/lab/os:2"]),
    )


@st.composite
def strategy_seen(draw: st.DrawFn) -> MachineSeen:
    """Any machine, whole, half made or absent, and what may stand beside it."""
    config = draw(st.none() | _configs())
    provider = config.provider if config else "libkrun"
    state = draw(st.sampled_from([State.STOPPED, State.RUNNING, State.BETWEEN])) if config else State.ABSENT
    disk = draw(st.sampled_from(Disk)) if state in (State.STOPPED, State.ABSENT) else Disk.FILLED
    own = {"carbon": 4711} if state in (State.RUNNING, State.BETWEEN) else {}
    others = draw(st.sampled_from([{}, {}, {}, {} if own else {"other": 812}]))
    return MachineSeen(
        name="carbon",
        state=state,
        config=config,
        disks={provider: (disk, f"/data/{provider}/carbon-arm64.raw")},
        foreign=draw(st.sampled_from([(), (), (), ("/config/x.json",)])),
        connections=draw(st.dictionaries(st.sampled_from(["carbon", "carbon-root", "db"]), _connections(config))),
        default=draw(st.sampled_from(["", "carbon", "carbon-root", "db"])),
        processes=Processes({**own, **others}, draw(st.sampled_from([{}, {"carbon": 4710}]))),
        mark=draw(st.sampled_from(["", "", "making", "removing"])),
        made_from=draw(st.sampled_from([None, "", "quay.io/lab/os:1"])) if config else None,
        replacing=draw(st.sampled_from(NOTES)),
        replaced=draw(st.sampled_from([(), (Replaced("20261101T000000Z", 1, 7),)])),
        time=draw(st.sampled_from([2, 10**9])),
    )


def _configs() -> st.SearchStrategy[Config]:
    return st.builds(
        Config,
        provider=st.sampled_from(["libkrun", "libkrun", "applehv"]),
        cpus=st.integers(1, 8),
        memory_mib=st.integers(1024, 61440),
        disk_gib=st.integers(10, 200),
        rootful=st.booleans(),
        mounts=st.lists(st.sampled_from(VOLUMES), unique=True).map(tuple),
        swap_mib=st.sampled_from([0, 1024, 2048]),
        port=st.integers(50000, 50010),
        identity=st.just(IDENTITY),
        starting=st.booleans(),
        ever_stopped=st.booleans(),
    )


def _connections(config: Config | None) -> st.SearchStrategy[Connection]:
    right = list(wished("carbon", config).values()) if config else []
    uris = [
        *right,
        "ssh://root@127.0.0.1:49999/run/podman/podman.sock",
        "ssh://root@localhost:50000/run/podman/podman.sock",
    ]
    return st.builds(Connection, st.sampled_from(uris), st.just(IDENTITY), st.booleans())


def apply(seen: MachineSeen, change: Change) -> MachineSeen:
    """The machine after a Change's commands, as podman and the scripts of files/machine do them."""
    for command in change.commands:
        seen = _run(seen, command)
    return seen


def _run(seen: MachineSeen, command: Command) -> MachineSeen:
    if command.argv[0] == "/bin/sh":
        name, provider, *rest = command.argv[4:]
        assert name == seen.name
        assert command.env == {"CONTAINERS_MACHINE_PROVIDER": provider}
        return VERBS[SCRIPTS[command.argv[2]].removeprefix("guarded-")](seen, provider, rest)
    if command.argv[:3] == ("podman", "machine", "set"):
        return _set(seen, list(command.argv[3:]))
    assert command.argv[:3] == ("podman", "system", "connection"), command
    return _connection(seen, *command.argv[3:])


def _set(seen: MachineSeen, words: list[str]) -> MachineSeen:
    assert seen.state is State.STOPPED, "podman refuses to change a running machine"
    assert seen.config is not None
    assert words.pop() == seen.name
    assert words, "a set of nothing"
    config = seen.config
    for word in words:
        flag, _, value = word.partition("=")
        if flag == "--cpus":
            config = replace(config, cpus=int(value))
        elif flag == "--memory":
            config = replace(config, memory_mib=int(value))
        elif flag == "--disk-size":
            assert int(value) > config.disk_gib, "podman: new disk size must be larger"
            config = replace(config, disk_gib=int(value))
        else:
            assert flag == "--rootful"
            config = replace(config, rootful=value == "true")
            pair = {"carbon", "carbon-root"}
            if seen.default in pair:
                seen = replace(seen, default="carbon-root" if config.rootful else "carbon")
    return replace(seen, config=config)


def _connection(seen: MachineSeen, verb: str, *words: str) -> MachineSeen:
    connections = dict(seen.connections)
    if verb == "add":
        flag, identity, name, uri = words
        assert flag == "--identity"
        assert name not in connections, "cannot overwrite connection"
        connections[name] = Connection(uri, identity, False)
        return replace(seen, connections=connections, default=seen.default or name)
    (name,) = words
    assert name in connections, f"{name} destination is not defined"
    if verb == "default":
        return replace(seen, default=name)
    assert verb == "remove"
    del connections[name]
    default = next(iter(connections), "") if seen.default == name else seen.default
    return replace(seen, connections=connections, default=default)


def _create(seen: MachineSeen, provider: str, words: list[str]) -> MachineSeen:
    image, *init = words
    assert init[:3] == ["podman", "machine", "init"]
    assert init.pop() == seen.name
    assert seen.config is None
    assert seen.disks.get(provider, (Disk.ABSENT, ""))[0] is Disk.ABSENT
    assert not {"carbon", "carbon-root"} & set(seen.connections), "podman: cannot overwrite connection"
    said = _flags(init[3:])
    assert said.get("--image", [""]) == [image]
    config = Config(
        provider=provider,
        cpus=int(said["--cpus"][0]),
        memory_mib=int(said["--memory"][0]),
        disk_gib=int(said["--disk-size"][0]),
        rootful=said["--rootful"] == ["true"],
        mounts=tuple(volume for volume in said["--volume"] if volume),
        swap_mib=int(said.get("--swap", ["0"])[0]),
        port=50100,
        identity=IDENTITY,
        ever_stopped=False,
    )
    pair = {name: Connection(uri, IDENTITY) for name, uri in wished(seen.name, config).items()}
    return replace(
        seen,
        config=config,
        state=State.STOPPED,
        disks={provider: (Disk.FILLED, "")},
        connections={**seen.connections, **pair},
        default=seen.default or ("carbon-root" if config.rootful else "carbon"),
        mark="",
        made_from=image,
    )


def _flags(words: list[str]) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {}
    rest = iter(words)
    for word in rest:
        flag, equals, value = word.partition("=")
        said.setdefault(flag, []).append(value if equals else next(rest))
    return said


def _start(seen: MachineSeen, provider: str, words: list[str]) -> MachineSeen:
    assert words[1:] == ["podman", "machine", "start", seen.name]
    assert seen.config is not None
    assert seen.config.provider == provider
    assert seen.state is State.STOPPED
    assert ("carbon-root" if seen.config.rootful else "carbon") in seen.connections, "podman 6 fails to start"
    assert set(seen.processes.hypervisors) <= {"carbon"}, "only one VM can be active at a time"
    config = replace(seen.config, starting=False, port=seen.config.port + 1)
    moved = {name: replace(seen.connections[name], uri=uri) for name, uri in wished("carbon", config).items()}
    runs = Processes({"carbon": 1}, {"carbon": 2})
    connections = {**seen.connections, **moved}
    return replace(seen, config=config, state=State.RUNNING, processes=runs, connections=connections)


def _stop(seen: MachineSeen, provider: str, words: list[str]) -> MachineSeen:
    assert words[1:] == ["podman", "machine", "stop", seen.name]
    assert int(words[0]) >= 120
    assert seen.config is not None
    others = {name: pid for name, pid in seen.processes.hypervisors.items() if name != "carbon"}
    config = replace(seen.config, ever_stopped=True, starting=False)
    return replace(seen, config=config, state=State.STOPPED, processes=Processes(others, {}))


def _remove(seen: MachineSeen, provider: str, words: list[str]) -> MachineSeen:
    assert words == ["podman", "machine", "rm", "-f", seen.name]
    assert seen.config is not None
    assert seen.config.provider == provider
    return _without(replace(seen, mark=""))


def _clear(seen: MachineSeen, provider: str, words: list[str]) -> MachineSeen:
    assert (words, seen.config) == ([], None)
    return replace(seen, disks={}, mark="")


def _finish(seen: MachineSeen, provider: str, words: list[str]) -> MachineSeen:
    assert words == []
    return replace(seen, mark="")


def _save(seen: MachineSeen, provider: str, words: list[str]) -> MachineSeen:
    assert words[2:] == ["podman", "machine", "start", seen.name]
    assert seen.config is not None
    assert seen.config.provider == provider
    assert seen.replacing[0] not in ("moving", "moved"), "it refuses"
    runs = seen if seen.state is not State.STOPPED else replace(seen, state=State.RUNNING)
    return replace(runs, replacing=("saved", KEPT))


def _aside(seen: MachineSeen, provider: str, words: list[str]) -> MachineSeen:
    assert (int(words[0]) >= 120, words[1:]) == (True, ["libkrun"])
    if seen.replacing[0] == "moved":
        return seen
    return _without(replace(seen, replacing=("moved", KEPT)))


def _without(seen: MachineSeen) -> MachineSeen:
    """The same once podman does not know the machine any more."""
    kept = {name: entry for name, entry in seen.connections.items() if name not in ("carbon", "carbon-root")}
    default = seen.default if seen.default in kept else next(iter(kept), "")
    others = {name: pid for name, pid in seen.processes.hypervisors.items() if name != "carbon"}
    gone = replace(seen, config=None, state=State.ABSENT, disks={}, made_from=None)
    return replace(gone, connections=kept, default=default, processes=Processes(others, {}))


def _bring(seen: MachineSeen, provider: str, words: list[str]) -> MachineSeen:
    assert words == []
    assert seen.state is State.RUNNING, "nothing can be brought into a machine that does not run"
    assert seen.replacing[0] == "moved"
    return seen


def _done(seen: MachineSeen, provider: str, words: list[str]) -> MachineSeen:
    assert words == []
    old = Replaced("20261130T050322Z", seen.time, 7)
    return replace(seen, replacing=("", ""), replaced=(*seen.replaced, old))


def _forget(seen: MachineSeen, provider: str, words: list[str]) -> MachineSeen:
    assert words == []
    assert seen.replacing[0] in ("saving", "saved")
    return replace(seen, replacing=("", ""))


def _purge(seen: MachineSeen, provider: str, words: list[str]) -> MachineSeen:
    return replace(seen, replaced=tuple(old for old in seen.replaced if old.folder != words[0]))


VERBS: dict[str, Callable[[MachineSeen, str, list[str]], MachineSeen]] = {
    "create": _create,
    "start": _start,
    "stop": _stop,
    "remove": _remove,
    "clear": _clear,
    "finish": _finish,
    "save": _save,
    "aside": _aside,
    "bring": _bring,
    "settle": _done,
    "forget": _forget,
    "purge": _purge,
}
