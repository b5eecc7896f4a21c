"""files/probe/apple_container.sh for real, with a container and a launchctl of our own, under every kind of sh."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.snapshot import Section, Unreadable
from operations.apple_container import RESOURCE, jobs, read
from operations.apple_container.seen import ContainerSeen
from tests.unit.operations.apple_world import WEB, a_mac
from tests.unit.operations.run_section import SHELLS, program, run_section

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
LABELS = {f"io.carbon-fleet.{key}": value for key, value in (("stack", "shop"), ("container", "web"))}
MADE = {"io.carbon-fleet.definition": "d1", "io.carbon-fleet.secrets": "token:p1,key:p2"}


def told(name: str, state: str, labels: dict[str, str], began: float | None = None) -> dict[str, Any]:
    """An entry of `container list --format json`, in the shape of ManagedContainer."""
    status = {"networks": [], "state": state}
    if began is not None:
        status["startedDate"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began))
    process = {"executable": "/bin/sh", "arguments": [], "environment": ["TOKEN=hidden"]}
    return {"configuration": {"id": name, "labels": labels, "initProcess": process}, "id": name, "status": status}


LISTED = [told("shop-web", "running", {**LABELS, **MADE}, 0), told("theirs", "stopped", {})]
IMAGES = [{"configuration": {"name": name}} for name in ("localhost/carbon-fleet/venus:0", "docker.io/library/x:1")]
VOLUMES = [
    {"configuration": {"name": "shop-data", "labels": LABELS}},
    {"configuration": {"name": "theirs", "labels": {}}},
]
CONTAINER = f"""
case "$1 $2" in
"--version "*) echo "container CLI version 1.1.0 (build: release, commit: 5973b9c)" ;;
"system status") [ ! -e "$HOME/stopped" ] || {{ echo "apiserver is not running"; exit 1; }}; echo "status  running" ;;
"list --all") cat "$HOME/list.json" ;;
"image list") echo '{json.dumps(IMAGES)}' ;;
"volume list") echo '{json.dumps(VOLUMES)}' ;;
"exec shop-web") shift 2; echo "said TOKEN=hidden"; printf '%s\\n' "$@" >"$HOME/asked"; exit 3 ;;
*) echo "container: $*" >&2; exit 1 ;;
esac"""
LAUNCHCTL = f"""
case "$1 $2" in
"list "*) printf '%s\\n' 'PID Status Label' '- 0 io.carbon-fleet.container.shop-old' '9 0 com.apple.x' ;;
"print "*/io.carbon-fleet.container.shop-web) printf '%s\\n' "$2 = {{" '  env = {{' '   {jobs.MARK} => j1' '  }}' ;;
"print "*/io.carbon-fleet.container.shop-old) echo "$2 = {{" ;;
"print gui/"*) [ -e "$HOME/screen" ] ;;
*) exit 113 ;;
esac"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A login user's home, Homebrew's bin in it, and what somebody applied there."""
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "container", CONTAINER)
    program(tmp_path / "bin", "launchctl", LAUNCHCTL)
    (tmp_path / "list.json").write_text(json.dumps(LISTED))
    kernels = tmp_path / "Library/Application Support/com.apple.container/kernels"
    kernels.mkdir(parents=True)
    (kernels / "default.kernel-arm64").touch()
    for path in (".config/carbon-fleet/apple-container/shop/containers.json", jobs.path("shop-old")[2:]):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("{}\n")
        (tmp_path / path).chmod(0o600)
    return tmp_path


def look(home: Path, shell: tuple[str, ...], web: dict[str, Any] = WEB) -> Section:
    mac = a_mac(stacks=[{"name": "shop", "containers": {"web": web}}])
    asked = {**RESOURCE.asks(RESOURCE.wish(mac), mac), "CF_APPLE_PREFIX": str(home)}
    return run_section(shell, "apple_container", asked, home=home, programs=home / "bin")


@each_shell
def test_the_section_for_real(home: Path, shell: tuple[str, ...]) -> None:
    section = look(home, shell)
    seen = read(section)
    assert (seen.cli, seen.version, seen.running, seen.kernel) == (f"{home}/bin/container", "1.1.0", True, True)
    web = seen.containers["shop-web"]
    assert (web.state, web.stack, web.name, web.definition) == ("running", "shop", "web", "d1")
    assert web.secrets == {"token": "p1", "key": "p2"}
    assert web.age is not None
    assert abs(web.age - time.time()) < 3600, "it was started at the epoch"
    assert seen.containers["theirs"] == ContainerSeen("stopped")
    assert seen.images == ("localhost/carbon-fleet/venus:0",)
    assert seen.volumes == {"shop-data": "shop", "theirs": ""}
    assert seen.health == {"shop-web": 3}
    assert (home / "asked").read_text().splitlines() == ["/bin/sh", "-c", "true"]
    assert seen.jobs == {"shop-old": "", "shop-web": "j1"}
    assert {name: file.kind for name, file in seen.plists.items()} == {"shop-old": "regular", "shop-web": "absent"}
    assert (seen.files["shop"].mode, seen.files["shop"].content) == ("0600", b"{}\n")
    assert "hidden" not in str(section), "no variable of a container is told, nor what its check said"


@each_shell
def test_a_check_is_asked_as_it_is_written(home: Path, shell: tuple[str, ...]) -> None:
    words = ["test", "it's; $(touch x)", "a  b"]
    look(home, shell, {**WEB, "health": {"command": words}})
    assert (home / "asked").read_text().splitlines() == words


@each_shell
def test_stopped_nothing_is_asked_of_it(home: Path, shell: tuple[str, ...]) -> None:
    (home / "stopped").touch()
    seen = read(look(home, shell))
    assert (seen.running, dict(seen.containers), dict(seen.health), seen.version) == (False, {}, {}, "1.1.0")
    assert not (home / "asked").exists()


@each_shell
def test_where_there_is_none_all_is_absent(tmp_path: Path, shell: tuple[str, ...]) -> None:
    seen = read(look(tmp_path, shell))
    assert (seen.cli, seen.running, seen.kernel, seen.files["shop"].kind) == ("", False, False, "absent")


def test_one_that_does_not_run_is_not_asked_whether_it_works(home: Path) -> None:
    (home / "list.json").write_text(json.dumps([told("shop-web", "stopped", LABELS)]))
    seen = read(look(home, SHELLS[0]))
    assert (seen.containers["shop-web"].state, seen.containers["shop-web"].age, dict(seen.health)) == (
        "stopped",
        None,
        {},
    )


@pytest.mark.parametrize("said", ["[1", "", "{}"])
def test_a_list_in_other_words_is_unreadable(home: Path, said: str) -> None:
    (home / "list.json").write_text(said)
    with pytest.raises(Unreadable):
        read(look(home, SHELLS[0]))


def test_a_list_that_fails_says_why(home: Path) -> None:
    program(home / "bin", "container", CONTAINER.replace('cat "$HOME/list.json"', "echo XPC >&2; exit 1"))
    with pytest.raises(Unreadable, match="XPC"):
        read(look(home, SHELLS[0]))


def test_seconds_count_in_no_digest(home: Path) -> None:
    from carbon_fleet.snapshot.volatile import settled

    _, lines, _ = settled(look(home, SHELLS[0]))["block containers"]
    assert lines == ["shop-web|running|shop|web|d1|token:p1,key:p2", "theirs|stopped||||"]
