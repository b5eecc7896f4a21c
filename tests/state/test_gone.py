"""After `carbon-fleet destroy`: nothing of ours is left, and what was there before is there.

Only run with `--tier gone`. `before` is what the journal told; of an address it does not name, nothing was there.
"""

from typing import Any

import pytest
from testinfra.host import Host

from carbon_fleet.spec import Mac
from carbon_fleet.verify import wish as wished
from carbon_fleet.verify.wish import Formula, Job, PythonEnvironment

pytestmark = [pytest.mark.gone, pytest.mark.remedy("run `carbon-fleet destroy {lab} {mac}` again")]
CONFIG = '"${XDG_CONFIG_HOME:-$HOME/.config}"/containers/podman/machine'
DATA = '"${XDG_DATA_HOME:-$HOME/.local/share}"/containers/podman/machine'


def _there(mac: Host, pattern: str) -> list[str]:
    """What is at a pattern of sh."""
    said: str = mac.check_output(f'for one in {pattern}; do if [ -e "$one" ]; then echo "$one"; fi; done')
    return said.split()


@pytest.mark.macos
@pytest.mark.parametrize("name", ["autostart", "drift", "pull"])
def test_no_agent_is_left(mac: Host, name: str) -> None:
    left = _there(mac, f'"$HOME"/Library/LaunchAgents/io.carbon-fleet.{name}.plist')
    assert not left, f"{left[0]} is there"
    uid = mac.check_output("id -u")
    assert mac.run("launchctl print %s", f"gui/{uid}/io.carbon-fleet.{name}").rc != 0, "launchd still has it"


def test_no_daemon_is_left(mac: Host) -> None:
    left = _there(mac, "/Library/LaunchDaemons/io.carbon-fleet.*.plist")
    assert not left, f"{left[0]} is there"
    assert mac.run("launchctl print system/io.carbon-fleet.boot").rc != 0, "launchd still has it"


@pytest.mark.podman
def test_the_machine_is_gone(mac: Host, wish: Mac, before: dict[str, Any]) -> None:
    name = wished.machine(wish).name
    if before.get(f"machine.{name}") is not None:
        assert _there(mac, f"{CONFIG}/*/{name}.json"), f"the machine {name} was there before, and is gone"
        return
    left = _there(mac, f"{CONFIG}/*/{name}.json {DATA}/*/{name}-arm64.raw")
    assert not left, f"{left[0]} is there"
    runs = mac.check_output("ps -axww -o command=")
    assert f"/{name}-arm64.raw" not in runs, "its krunkit runs"
    assert f"/{name}-gvproxy.sock" not in runs, "its gvproxy runs"


@pytest.mark.podman
def test_the_drop_in_is_as_it_was(mac: Host, wish: Mac, before: dict[str, Any]) -> None:
    path = str(wished.provider(wish).drop_in)
    place = f'"$HOME"/{path[2:]}' if path.startswith("~/") else path
    was = before.get("provider.drop-in", {"kind": "absent"})
    there = _there(mac, place)
    assert bool(there) is (was["kind"] != "absent"), f"{path} is {'' if there else 'not '}there"
    if was["kind"] == "regular":
        assert "".join(mac.check_output(f"base64 <{place}").split()) == was["content"], f"{path} is another file"


def test_formula_is_as_it_was(mac: Host, wish: Mac, formula: Formula, before: dict[str, Any]) -> None:
    there = bool(_there(mac, f"{wished.homebrew(wish).prefix}/Cellar/{formula.short}/*"))
    was = before.get(f"homebrew.formula.{formula.full}") is True
    assert there is was, f"{formula.full} {'was' if was else 'was not'} installed before"


def test_tap_is_as_it_was(mac: Host, wish: Mac, tap: str, before: dict[str, Any]) -> None:
    owner, _, name = tap.lower().partition("/")
    there = bool(_there(mac, f"{wished.homebrew(wish).prefix}/Library/Taps/{owner}/homebrew-{name}"))
    was = before.get(f"homebrew.tap.{tap.lower()}") is True
    assert there is was, f"{tap} {'was' if was else 'was not'} tapped before"


def test_trust_is_as_it_was(mac: Host, tap: str, before: dict[str, Any]) -> None:
    store = mac.run('cat "${XDG_CONFIG_HOME:+$XDG_CONFIG_HOME/homebrew/trust.json}" "$HOME/.homebrew/trust.json"')
    there = f'"{tap.lower()}"' in store.stdout
    was = before.get(f"homebrew.trust.{tap.lower()}") is True
    assert there is was, f"{tap} {'was' if was else 'was not'} trusted before"


def test_cask_is_as_it_was(mac: Host, wish: Mac, cask: str, before: dict[str, Any]) -> None:
    there = bool(_there(mac, f"{wished.homebrew(wish).prefix}/Caskroom/{cask.rpartition('/')[2]}"))
    assert there is (before.get(f"homebrew.cask.{cask}") is True), f"the cask {cask} was not so before"


def test_docker_desktop_is_as_it_was(mac: Host, wish: Mac, docker_desktop: str, before: dict[str, Any]) -> None:
    if wish.intel:
        before = {}  # there only a person brings it, and only a person takes it away
    there = bool(_there(mac, f'{docker_desktop} "$HOME"{docker_desktop}'))
    assert there is (before.get("docker.app") is not False), f"{docker_desktop} was not so before"
    assert not _there(mac, '"$HOME"/.config/carbon-fleet/docker'), "files of stacks are left"
    if before.get("docker.app") is False:
        left = _there(mac, '"$HOME"/.docker/run/docker.sock')
        assert not left, f"{left[0]} is left of it"


def test_apple_container_is_as_it_was(mac: Host, apple_container: str, before: dict[str, Any]) -> None:
    jobs = _there(mac, '"$HOME"/Library/LaunchAgents/io.carbon-fleet.container.*.plist')
    assert not jobs, f"{jobs[0]} is there"
    listed = mac.run("launchctl list").stdout
    assert "io.carbon-fleet.container." not in listed, "launchd still has a job of a container"
    assert not _there(mac, '"$HOME"/.config/carbon-fleet/apple-container'), "files of stacks are left"
    if before.get("apple_container.cli") is False:
        left = _there(mac, '"$HOME/Library/Application Support/com.apple.container"')
        assert not left, f"{left[0]} is left of {apple_container}"


def test_native_program_is_gone(mac: Host, job: Job) -> None:
    left = _there(mac, f'"$HOME"/Library/LaunchAgents/{job.label}.plist')
    assert not left, f"{left[0]} is there"
    uid = mac.check_output("id -u")
    assert mac.run("launchctl print %s", f"gui/{uid}/{job.label}").rc != 0, "launchd still has it"
    data = _there(mac, f'"$HOME"/.local/share/carbon-fleet/native/{job.workload.stack}')
    assert not data, f"{data[0]} is left of it"


def test_no_notes_of_ours_are_left(mac: Host, wish: Mac) -> None:
    state, config = '"$HOME"/.local/state/carbon-fleet', '"$HOME"/.config/carbon-fleet/secrets'
    notes = f"{state}/applied-{wish.lab}.json {state}/found-{wish.lab}.json {state}/machine {state}/pull"
    caches = '"$HOME"/Library/Caches/carbon-fleet' + (' "$HOME"/.cache/carbon-fleet' if wish.linux else "")
    # Ours are gone: a record that is left is another lab's, which may have secrets in the same folder.
    others = _there(mac, f"$(grep -ls '\"secret[.]' {state}/applied-*.json)")
    left = _there(mac, f"{notes} {'' if others else config} {caches}")
    assert not left, f"{left[0]} is there"


def test_environment_is_as_it_was(mac: Host, environment: PythonEnvironment, before: dict[str, Any]) -> None:
    there = bool(_there(mac, f'"$HOME"/.local/share/carbon-fleet/environments/{environment.name}'))
    was = before.get(f"environment.{environment.name}") is True
    assert there is was, f"the environment {environment.name} {'was' if was else 'was not'} there before"


@pytest.mark.linux
def test_no_stack_is_left(vm: Host, before: dict[str, Any]) -> None:
    units = vm.check_output("ls /etc/containers/systemd 2>/dev/null | grep '^carbon-fleet-'; true").split()
    assert not units, f"{units[0]} is there"
    label = "label=io.carbon-fleet.stack"
    assert not vm.check_output("podman ps -aq --filter %s", label), "a container of a stack is there"
    if before.get("nvidia.cdi") is False:
        assert vm.run("test -e /etc/cdi/nvidia.yaml").rc != 0, "/etc/cdi/nvidia.yaml is there"
