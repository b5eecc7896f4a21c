"""files/probe/docker.sh for real, with a docker of our own behind a socket, under every kind of sh."""

import json
import os
import plistlib
import shutil
import socket
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from carbon_fleet.snapshot import Unreadable
from operations.docker import RESOURCE, read
from operations.docker.seen import ContainerSeen, Kept
from tests.unit.operations.docker_engine import engine
from tests.unit.operations.docker_world import SETTINGS, a_mac
from tests.unit.operations.run_section import SHELLS, program, run_section

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
OURS = "shop-web|running|shop|web|d1|nginx:1|token:p1,key:p2"
VENUS = "localhost/carbon-fleet/venus:0123456789abcdef"
THEIRS = f"theirs|exited||||{VENUS}|"
INSPECT = "inspect --type container --format {{.Name}}|{{with .State.Health}}{{.Status}}{{end}}"
PS = f"printf '%s\\n' '{OURS}' '{THEIRS}'"
DOCKER = f"""
[ "$DOCKER_HOST" = "unix://$HOME/.docker/run/docker.sock" ] || exit 9
[ -z "$DOCKER_CONTEXT" ] || exit 8
case "$1 $2" in
"version --format") echo 28.5.2 ;;
"ps --all") {PS} ;;
"inspect --type") [ "$*" = "{INSPECT} shop-web" ] && echo "/shop-web|starting" ;;
"image ls") echo localhost/carbon-fleet/venus:0123456789abcdef ;;
"volume ls") printf '%s\\n' 'shop-data|shop' 'theirs|' ;;
*) echo "docker: $*" >&2; exit 1 ;;
esac"""


CONTAINERS = {
    "shop-web": ContainerSeen("running", "starting", "shop", "web", "d1", {"token": "p1", "key": "p2"}, "nginx:1"),
    "theirs": ContainerSeen("exited", image=VENUS),
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A login user's home with Docker Desktop in its own Applications."""
    contents = tmp_path / "Applications/Docker.app/Contents"
    (contents / "Resources/bin").mkdir(parents=True)
    (contents / "Info.plist").write_bytes(plistlib.dumps({"CFBundleShortVersionString": "4.51.0"}))
    program(contents / "Resources/bin", "docker", DOCKER)
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "plutil", "echo 4.51.0")
    settings = tmp_path / "Library/Group Containers/group.com.docker/settings-store.json"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({**SETTINGS, "OverrideProxyHTTP": "http://me:hidden@proxy"}))
    file = tmp_path / ".config/carbon-fleet/docker/shop/compose.yaml"
    file.parent.mkdir(parents=True)
    file.write_text("# ours\n{}\n")
    file.with_name("good.yaml").write_text("by this it worked\n")
    file.chmod(0o600)
    return tmp_path


def listen(home: Path) -> None:
    (home / ".docker/run").mkdir(parents=True)
    at = os.open(home / ".docker/run", os.O_RDONLY)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{at}/docker.sock")
    finally:
        os.close(at)


def asked() -> dict[str, str]:
    mac = a_mac()
    return dict(RESOURCE.asks(RESOURCE.wish(mac), mac))


@each_shell
def test_the_section_for_real(home: Path, shell: tuple[str, ...]) -> None:
    listen(home)
    env = {"DOCKER_CONTEXT": "colima", "DOCKER_HOST": "tcp://elsewhere"}
    section = run_section(shell, "docker", asked(), home=home, programs=home / "bin", env=env)
    seen = read(section)
    assert (seen.app, seen.version, seen.running) == (f"{home}/Applications/Docker.app", "4.51.0", True)
    assert seen.settings == SETTINGS
    assert seen.containers == CONTAINERS
    assert seen.images == ("localhost/carbon-fleet/venus:0123456789abcdef",)
    assert seen.volumes == {"shop-data": "shop", "theirs": ""}
    assert (seen.files["shop"].mode, seen.files["shop"].content) == ("0600", b"# ours\n{}\n")
    assert seen.kept == {"shop": Kept("by this it worked\n")}
    assert "hidden" not in str(section), "only managed settings are told"


@pytest.mark.skipif(shutil.which("docker") is None, reason="needs a docker command, of any engine")
def test_a_real_docker_says_it_in_these_words(home: Path) -> None:
    """The templates are docker's own: what it makes of them is what the stand-ins say."""
    cli = home / "Applications/Docker.app/Contents/Resources/bin/docker"
    cli.unlink()
    cli.symlink_to(str(shutil.which("docker")))
    (home / ".docker/run").mkdir(parents=True)
    with TemporaryDirectory(prefix="cf-") as short, engine(Path(short) / "s"):
        (home / ".docker/run/docker.sock").symlink_to(Path(short) / "s")
        link = Path(short) / "h"
        link.symlink_to(home)
        seen = read(run_section(SHELLS[0], "docker", asked(), home=link, programs=home / "bin"))
    assert (seen.running, dict(seen.containers)) == (True, CONTAINERS)
    assert seen.images == ("localhost/carbon-fleet/venus:0123456789abcdef",)
    assert seen.volumes == {"shop-data": "shop", "theirs": ""}


@each_shell
def test_stopped_nothing_is_asked_of_it(home: Path, shell: tuple[str, ...]) -> None:
    seen = read(run_section(shell, "docker", asked(), home=home, programs=home / "bin"))
    assert (seen.running, dict(seen.containers), seen.settings) == (False, {}, SETTINGS)


@each_shell
def test_where_there_is_none_all_is_absent(tmp_path: Path, shell: tuple[str, ...]) -> None:
    seen = read(run_section(shell, "docker", asked(), home=tmp_path))
    assert (seen.app, seen.running, seen.settings, seen.files["shop"].kind) == ("", False, None, "absent")


def test_settings_that_are_none_are_unreadable(home: Path) -> None:
    (home / "Library/Group Containers/group.com.docker/settings-store.json").write_text("[1]")
    section = run_section(SHELLS[0], "docker", asked(), home=home, programs=home / "bin")
    with pytest.raises(Unreadable, match="not what Docker Desktop writes"):
        read(section)


def test_a_container_list_in_other_words_is_unreadable(home: Path) -> None:
    listen(home)
    program(home / "Applications/Docker.app/Contents/Resources/bin", "docker", "echo shop-web")
    section = run_section(SHELLS[0], "docker", asked(), home=home, programs=home / "bin")
    with pytest.raises(Unreadable, match="docker ps"):
        read(section)


def test_one_that_went_between_two_looks_has_no_health(home: Path) -> None:
    listen(home)
    gone = DOCKER.replace('echo "/shop-web|starting"', "exit 1")
    program(home / "Applications/Docker.app/Contents/Resources/bin", "docker", gone)
    seen = read(run_section(SHELLS[0], "docker", asked(), home=home, programs=home / "bin"))
    assert seen.containers["shop-web"].health == ""


def test_what_is_kept_counts_also_where_keeping_was_cut_off(home: Path) -> None:
    file = home / ".config/carbon-fleet/docker/shop/good.yaml"
    file.rename(file.with_name("previous.yaml"))
    seen = read(run_section(SHELLS[0], "docker", asked(), home=home, programs=home / "bin"))
    assert seen.kept == {"shop": Kept("", "by this it worked\n")}, "else the images it names would go"
