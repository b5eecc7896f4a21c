"""What native and Apple's container tell a move, and their functions on the Mac for real, under every sh."""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from carbon_fleet.plan import Change, World
from carbon_fleet.snapshot import Section
from carbon_fleet.spec import Mac
from operations import _moves as moves
from operations.apple_container import AppleContainer
from operations.apple_container import differences as of_apple
from operations.apple_container.seen import ContainerSeen
from operations.apple_container.services import files as apple_files
from operations.moving import CARRIERS, RESOURCE, Moving
from operations.moving.scripts import shared
from operations.native import Natively
from operations.native import differences as of_native
from operations.native.jobs import jobs
from operations.native.seen import NativeSeen
from tests.unit.operations import apple_world, docker_world, native_world
from tests.unit.operations.run_section import SHELLS, program
from tests.unit.operations.test_moving import whole

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
linux = pytest.mark.skipif(sys.platform != "linux", reason="the other side has GNU's find")
FROM = {"carries": ("podman-libkrun shop",)}
NATIVE, APPLE = whole(native_world.a_mac()), whole(apple_world.a_mac())
HERE = Section("native", facts={"uid": ("501",), "home": ("/Users/lab",), "screen": ("0",)})


def world(mac: Mac, *consents: str, **facts: tuple[str, ...]) -> World:
    snapshot = docker_world.fingerprints(token="print-token")
    section = Section(moves.SECTION, facts={"time": ("2000",), **facts})
    sections = {**snapshot.sections, moves.SECTION: section, "native": HERE}
    return World(mac, replace(snapshot, sections=sections), frozenset(consents))


def the_move(at: World) -> Change:
    (change,) = RESOURCE.differences(Moving(), moves.seen(at), at)
    assert isinstance(change, Change)
    return change


def test_every_runtime_of_a_mac_has_a_carrier() -> None:
    assert sorted(CARRIERS) == ["apple", "docker", "native", "podman"]
    assert [moves.family(one) for one in ("apple-container", "native")] == ["apple", "native"]


def test_a_program_arrives_with_its_folder_its_property_list_and_its_health(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.native.carrier.read", lambda section: NativeSeen(home="/Users/lab"))
    change = the_move(world(NATIVE, **FROM))
    words = [command.says for command in change.commands]
    place = "write /Users/lab/Library/LaunchAgents/io.carbon-fleet.native.shop-web.plist"
    assert words[2:5] == ["make the volume shop/data", place, "start shop-web"]
    assert any("login user's" in one for one in change.at_stake), "nobody else's files are there"


def test_a_container_of_apple_arrives_with_its_file_its_volume_and_its_job() -> None:
    change = the_move(world(APPLE, **FROM))
    words = [command.says for command in change.commands]
    assert words[3:6] == [
        "make the volume shop-data",
        "write ~/Library/LaunchAgents/io.carbon-fleet.container.shop-web.plist",
        "start shop-web",
    ]
    assert words[2].startswith("write ~/.config/carbon-fleet/apple-container/shop/")
    assert not any("login user's" in one for one in change.at_stake)


@pytest.mark.parametrize("facts", [FROM, {"note": ("shop saved 2026 native docker",)}], ids=["due", "cut off"])
def test_neither_touches_a_stack_that_moves(facts: dict[str, tuple[str, ...]]) -> None:
    there, at = native_world.converged(NATIVE), world(NATIVE, **facts)
    for seen in (there, NativeSeen(home="/Users/lab", models=there.models), native_world.with_job(there, "shop-web")):
        assert list(of_native(Natively(), seen, at)) == []
    gone = world(replace(NATIVE, sections=whole(native_world.a_mac(stacks=[])).sections), **facts)
    assert list(of_native(Natively(), there, gone)) == [], "on its way to another"
    has = apple_world.converged(APPLE)
    nothing = replace(has, containers={}, files={}, volumes={}, plists={}, jobs={}, health={})
    arriving = replace(nothing, plists=has.plists, jobs=has.jobs)
    stopped = replace(has, containers={"shop-web": ContainerSeen("stopped", "shop", "web")}, plists={}, jobs={})
    for apple in (has, nothing, arriving, stopped):
        assert list(of_apple(AppleContainer(), apple, world(APPLE, **facts))) == []


def test_what_a_move_keeps_is_told_of_once() -> None:
    kept = ("shop 2026 1000 {} carried shop-data data",)
    at = world(whole(native_world.a_mac(stacks=[])), kept=tuple(one.format("native") for one in kept))
    seen = NativeSeen(home="/Users/lab", volumes=frozenset({"shop/data", "shop/other"}))
    assert [one.address for one in of_native(Natively(), seen, at)] == ["native.volume.shop.other"]
    empty = whole(apple_world.a_mac(stacks=[]))
    apple = replace(apple_world.converged(empty), volumes={"shop-data": "shop", "mine": "shop"})
    at = world(empty, kept=tuple(one.format("apple-container") for one in kept))
    assert [one.address for one in of_apple(AppleContainer(), apple, at)] == ["apple_container.volume.mine"]


LAUNCHCTL = r"""
label=${2##*/}
case $1 in
print) [ -e "$HOME/loaded/$label" ] && printf 'x = {\n\tpid = 77\n\tlast exit code = (never exited)\n}\n' ;;
bootout) rm "$HOME/loaded/$label" ;;
bootstrap) [ ! -e "$HOME/refuses" ] && cp "$3" "$HOME/loaded/$(basename "$3" .plist)" ;;
enable) echo "enable $label" >>"$HOME/said" ;;
esac"""


class Box:
    """A Mac's login user with a launchctl and a container of ours; `run` does a few words with a move's functions."""

    def __init__(self, home: Path, shell: tuple[str, ...]) -> None:
        self.home, self.shell = home, shell
        for name in ("bin", "loaded", "Library/LaunchAgents", "Library/Logs", ".local/state/carbon-fleet/moved/shop"):
            (home / name).mkdir(parents=True)
        program(home / "bin", "launchctl", LAUNCHCTL)
        self.agents = home / "Library/LaunchAgents"
        self.kept = home / ".local/state/carbon-fleet/moved/shop"

    def run(self, words: str, way: str = "native docker", data: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
        argv = [*self.shell[:-1], "-c", f"{shared()}{words}", "sh", "shop", *way.split(), "carbon", "1"]
        env = {"HOME": str(self.home), "PATH": f"{self.home}/bin:{os.defpath}", "TMPDIR": str(self.home)}
        return subprocess.run(argv, input=data, env=env, capture_output=True, timeout=60, check=False)


@pytest.fixture
def box(tmp_path: Path, shell: tuple[str, ...]) -> Box:
    return Box(tmp_path, shell)


def filled(folder: Path) -> None:
    (folder / "sub").mkdir(parents=True)
    (folder / "sub/blob").write_bytes(os.urandom(70_000))
    (folder / "with blank").write_text("b")
    (folder / "-rf").write_text("a name")
    (folder / ".hidden").touch()
    (folder / "link").symlink_to("sub/blob")
    (folder / "lost+found").mkdir()
    (folder / "sub").chmod(0o2750)


TARS = ["tar", *filter(None, [shutil.which("bsdtar")])]
"""GNU's, and a Mac's own where it is here."""


@linux
@each_shell
@pytest.mark.parametrize("tar", TARS)
def test_a_volume_goes_into_a_folder_and_out_of_it(box: Box, tar: str) -> None:
    if tar != "tar":
        (box.home / "bin/tar").symlink_to(tar)
    volume = box.home / ".local/share/carbon-fleet/native/shop/data"
    filled(volume)
    sent = box.run("native_out data")
    digest = sent.stderr.decode().split()[-1]
    listed = subprocess.run(["tar", "-tvf", "-"], input=sent.stdout, capture_output=True, check=True).stdout.decode()
    assert all(line.split()[1] == "0/0" for line in listed.splitlines()), listed
    assert " ./\n" not in listed, "the folder itself is the user's business"
    assert box.run("native_in other " + digest + " shop", data=sent.stdout).returncode == 0
    other = volume.with_name("other")
    prints = [box.run(f"native_print {name}").stdout for name in ("data", "other")]
    there = box.run(f'set -- {other} no; eval "$(print_text)"').stdout
    assert prints == [there, there], "as the other side computes it"
    assert (other.stat().st_mode & 0o777, (other / "sub/blob").read_bytes()) == (
        0o700,
        (volume / "sub/blob").read_bytes(),
    )
    (other / "with blank").write_text("c")
    assert box.run("native_print other").stdout != there
    assert box.run("native_in third " + digest[::-1] + " shop", data=sent.stdout).returncode == 74
    (other / "sub").chmod(0o500)
    assert box.run("native_forget other; native_has other").returncode != 0


@linux
@each_shell
def test_what_has_an_owner_has_another_print(box: Box) -> None:
    filled(box.home / "v")
    both = [box.run(f'set -- {box.home}/v {word}; eval "$(print_text)"').stdout for word in ("yes", "no")]
    assert both[0] != both[1]
    (box.home / "v/sub").chmod(0o750)
    later = [box.run(f'set -- {box.home}/v {word}; eval "$(print_text)"').stdout for word in ("yes", "no")]
    assert (later[0] == both[0], later[1] == both[1]) == (False, True), "setgid goes with an owner"


def with_jobs(box: Box, **changed: object) -> None:
    """Two programs in launchd: that of the stack `shop`, and one of another stack whose name begins so."""
    web = {"native": {**native_world.WEB["native"], "health": f"test ! -e {box.home}/ill"}, **changed}
    stacks = [*native_world.web(**web), {"name": "shop-2", "containers": {"web": native_world.WEB}}]
    for job in jobs(native_world.a_mac(stacks=stacks)):
        for place in (box.agents / f"{job.label}.plist", box.home / "loaded" / job.label):
            place.write_text(job.text)


def loaded(box: Box) -> list[str]:
    return sorted(path.name.removeprefix("io.carbon-fleet.native.") for path in (box.home / "loaded").iterdir())


@each_shell
def test_programs_are_stopped_so_that_no_login_starts_them_and_come_back_as_they_were(box: Box) -> None:
    with_jobs(box)
    before = {path.name: path.read_text() for path in box.agents.iterdir()}
    for _ in range(2):
        assert box.run("native_stop shop").returncode == 0
        assert (loaded(box), [path.name for path in box.agents.iterdir()]) == (
            ["shop-2-web"],
            ["io.carbon-fleet.native.shop-2-web.plist"],
        )
    (box.home / "ill").touch()
    ill = box.run("native_start shop 1")
    assert (ill.returncode, b"shop-web does not work" in ill.stderr) == (1, True), ill.stderr
    (box.home / "ill").unlink()
    for _ in range(2):
        assert box.run("native_start shop 1").returncode == 0
        assert (loaded(box), {p.name: p.read_text() for p in box.agents.iterdir()}) == (
            ["shop-2-web", "shop-web"],
            before,
        )


@each_shell
def test_a_program_that_is_gone_leaves_its_data_and_what_others_may_need(box: Box) -> None:
    with_jobs(box)
    model = box.home / ".local/share/carbon-fleet/models" / ("a" * 64)
    state = box.home / ".local/state/carbon-fleet/native"
    log = box.home / "Library/Logs/carbon-fleet-native-shop-web.log.1"
    for path in (model, state / "shop-web/x", state / "shop-web.started", log):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (box.home / ".local/state/carbon-fleet/moving").mkdir()
    note = box.home / ".local/state/carbon-fleet/moving/shop"
    note.write_text("saved\n\nnative\ndocker\n")
    assert box.run("native_drop shop").returncode == 0
    assert (loaded(box), log.exists(), list(state.parent.glob("native"))) == (["shop-2-web"], True, [])
    note.write_text("arrived\n\nnative\ndocker\n")
    assert box.run("native_stop shop-2 && native_drop shop-2").returncode == 0
    assert (loaded(box), model.exists(), list(box.agents.iterdir())) == ([], True, []), "one may arrive that reads it"


CONTAINER = r"""
echo "$*" >>"$HOME/said"
case "$1 $2" in
"system status") ;;
"list --all") [ "$3" = --quiet ] && { cat "$HOME/boxes"; exit; }
    echo '[{"id":"shop-old","configuration":{"id":"shop-old","labels":{"io.carbon-fleet.stack":"shop"}}},'
    echo '{"id":"theirs","configuration":{"id":"theirs"}}]' ;;
"list --quiet") cat "$HOME/boxes" ;;
"stop "*|"delete "*) for box; do :; done; grep -v "^$box\$" "$HOME/boxes" >"$HOME/l"; mv "$HOME/l" "$HOME/boxes" ;;
"exec shop-web") [ ! -e "$HOME/ill" ] ;;
"volume list") echo '[{"configuration":{"name":"data","source":"'"$HOME"'/boxes"}}]' ;;
"run --rm") exit 1 ;;
esac"""


@each_shell
def test_containers_of_apple_are_out_of_launchd_before_they_stop_and_come_back(box: Box) -> None:
    program(box.home / "bin", "container", CONTAINER)
    program(box.home / "bin", "sleep", "")
    folder = box.home / ".config/carbon-fleet/apple-container/shop"
    folder.mkdir(parents=True)
    (folder / "containers.json").write_text(apple_files(apple_world.a_mac())["shop"])
    label = "io.carbon-fleet.container.shop-web"
    for place in (box.agents / f"{label}.plist", box.home / "loaded" / label):
        place.write_text("plist")
    (box.home / "boxes").write_text("shop-web\ntheirs\n")
    way = "apple-container native"
    assert box.run("old stop shop", way).returncode == 0
    assert (loaded(box), list(box.agents.iterdir())) == ([], [])
    assert (box.home / "boxes").read_text() == "theirs\n"
    (box.home / "boxes").write_text("shop-web\ntheirs\n")
    (box.home / "ill").touch()
    assert box.run("old start shop 1", way).returncode == 1
    (box.home / "ill").unlink()
    assert box.run("old start shop 1", way).returncode == 0
    assert ([path.name for path in box.agents.iterdir()], loaded(box)) == ([f"{label}.plist"], [label])
    assert box.run("old has data && ! old has other && old kib data", way).returncode == 0
    assert box.run("old full data", way).returncode == 0, "what cannot be looked into is not taken for empty"
    assert box.run("old drop shop", way).returncode == 0
    assert (loaded(box), list(box.agents.iterdir()), folder.exists()) == ([], [], False)
    assert (box.home / "boxes").read_text() == "theirs\n"
