"""files/moving/*.sh for real: what runs where volumes are, and the steps with two runtimes of ours, under every sh."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from carbon_fleet import assets
from tests.unit.operations.moving_mac import Mac
from tests.unit.operations.run_section import SHELLS, program

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
linux = pytest.mark.skipif(sys.platform != "linux", reason="it runs in a container, with GNU tar and find")
Done = subprocess.CompletedProcess[bytes]


def inside(name: str, volume: Path, *words: str, data: bytes = b"") -> Done:
    """A script of a helper container over a folder in /volume's place."""
    text = assets.text(f"moving/{name}.sh").replace("/volume", str(volume))
    return subprocess.run(
        ["/bin/sh", "-c", text, "sh", *words], input=data, capture_output=True, timeout=60, check=False
    )


@pytest.fixture
def volume(tmp_path: Path) -> Path:
    place = tmp_path / "source"
    (place / "sub").mkdir(parents=True)
    (place / "sub/blob").write_bytes(os.urandom(70_000))
    (place / ".hidden").write_text("h")
    (place / "link").symlink_to("sub/blob")
    (place / "sub").chmod(0o2750)
    return place


def tree(place: Path) -> dict[str, object]:
    return {
        str(each.relative_to(place)): (each.lstat().st_mode, each.read_bytes() if each.is_file() else b"")
        for each in sorted(place.rglob("*"))
    }


def packed(volume: Path) -> tuple[bytes, str]:
    done = inside("pack", volume)
    assert done.returncode == 0, done.stderr
    said = done.stderr.decode().splitlines()[-1]
    assert said == f"sha256 {hashlib.sha256(done.stdout).hexdigest()}"
    return done.stdout, said.split()[1]


@linux
def test_what_is_packed_is_unpacked_as_it_was(volume: Path, tmp_path: Path) -> None:
    data, digest = packed(volume)
    (tmp_path / "new").mkdir()
    assert inside("unpack", tmp_path / "new", digest, data=data).returncode == 0
    assert tree(tmp_path / "new") == tree(volume)
    done = inside("unpack", tmp_path / "new", digest, data=data[:-10240] + b"\0" * 10239 + b"x")
    assert (done.returncode, b"sha256 differs" in done.stderr) == (74, True)


@linux
def test_a_volume_that_cannot_be_read_is_not_sent(tmp_path: Path) -> None:
    done = inside("pack", tmp_path / "none")
    assert (done.returncode, b"tar ended with" in done.stderr) == (74, True)


@linux
def test_what_is_imported_takes_the_place_of_what_was_there_or_nothing_does(volume: Path, tmp_path: Path) -> None:
    data, digest = packed(volume)
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine").write_text("m")
    assert inside("swap", other, digest, "no", data=data).returncode == 72
    assert inside("swap", other, "0" * 64, "yes", data=data).returncode == 74
    assert inside("swap", other, digest, "yes", data=data[:5000]).returncode == 74
    assert list(tree(other)) == ["mine"]
    assert inside("swap", other, digest, "yes", data=data).returncode == 0
    assert tree(other) == tree(volume)


@linux
def test_the_empty_folder_of_a_file_system_is_nothing_in_a_volume(volume: Path, tmp_path: Path) -> None:
    data, digest = packed(volume)
    other = tmp_path / "other"
    (other / "lost+found").mkdir(parents=True)
    assert inside("swap", other, digest, "no", data=data).returncode == 0
    assert {**tree(other), "lost+found": None} == {**tree(volume), "lost+found": None}
    (other / "lost+found/found").touch()
    assert inside("swap", other, digest, "no", data=data).returncode == 72


@linux
@pytest.mark.parametrize("at", ["aside", "moving", "over"])
def test_an_import_that_was_cut_off_is_as_it_was_or_done(volume: Path, tmp_path: Path, at: str) -> None:
    data, _ = packed(volume)
    other, beside = tmp_path / "other", tmp_path / "other/.carbon-fleet-import"
    (beside / "new").mkdir(parents=True)
    (beside / "before").mkdir()
    (beside / "before/mine").write_text("m")
    (beside / "new/half").write_text("n")
    if at != "aside":
        (beside / "moving").touch()
        (other / "new").write_text("n")
    if at == "over":
        beside.rename(other / ".carbon-fleet-imported")
    assert inside("swap", other, "0" * 64, "yes", data=data).returncode == 74
    assert list(tree(other)) == (["new"] if at == "over" else ["mine"])


@pytest.fixture(params=SHELLS[:1], ids=lambda shell: str(shell[0]))
def mac(tmp_path: Path, request: pytest.FixtureRequest) -> Mac:
    return Mac(tmp_path, request.param)


of_each_shell = pytest.mark.parametrize("mac", SHELLS, ids=lambda shell: str(shell[0]), indirect=True)


@of_each_shell
def test_a_move_from_its_beginning_to_its_end(mac: Mac) -> None:
    assert mac.run("save", "carry", "data", "fresh").returncode == 0
    assert (mac.phase(), (mac.home / "one-up").exists()) == ("saved", False)
    (tar,) = mac.state.rglob("*.tar")
    assert (tar.stat().st_mode & 0o777, tar.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert mac.run("bring").returncode == 0
    assert mac.run("guard", "first", "guest", "60", "touch", str(mac.home / "two-up")).returncode == 0
    assert mac.run("settle").returncode == 0
    assert (mac.home / "two/data/file").read_text() == (mac.home / "one/data/file").read_text()
    assert (mac.phase(), list(mac.state.rglob("*.tar"))) == ("", [])
    (done,) = mac.state.glob("moved/shop/*/done")
    assert done.read_text().splitlines()[1:] == ["one", "carried", "data"]
    assert mac.run("purge", done.parent.name).returncode == 0
    assert (list((mac.home / "one").iterdir()), list(mac.state.glob("moved*"))) == ([], [])


@pytest.mark.parametrize(
    ("broken", "status", "says"),
    [
        ("two-fails", 80, "could not be brought"),
        ("two-odd", 80, "is not on two what it was on one"),
        ("two-shut", 79, "two cannot be reached"),
        ("one-shut", 79, "one cannot be reached"),
    ],
)
def test_what_fails_leaves_the_old_one_as_it_was(mac: Mac, broken: str, status: int, says: str) -> None:
    (mac.home / broken).write_text("x")
    done = mac.run("save", "carry", "data")
    if done.returncode == 0:
        done = mac.run("bring")
    assert (done.returncode, says in done.stderr.splitlines()[-1]) == (status, True), done.stderr
    assert mac.as_before()


@of_each_shell
def test_a_start_that_fails_puts_the_old_one_back_and_says_why(mac: Mac) -> None:
    mac.run("save", "carry", "data")
    mac.run("bring")
    done = mac.run("guard", "first", "mac", "60", "sh", "-c", "echo it is ill >&2; exit 3")
    assert (done.returncode, done.stderr.splitlines()[-1]) == (
        80,
        "on two it does not work (it is ill): the stack shop is back on one, with all it held",
    )
    assert mac.as_before()


def test_a_folder_that_no_note_speaks_of_goes_with_the_next_move(mac: Mac) -> None:
    """Cut off before its note was there, or after it went; what keeps volumes has its `done`."""
    cut, keeps = (mac.state / "moved/shop" / name for name in ("20261130T090000Z", "20261130T100000Z"))
    for folder, name in ((cut, "made"), (keeps, "done")):
        folder.mkdir(parents=True)
        (folder / name).write_text("1\none\ncarried\n")
    assert mac.run("save", "carry", "data").returncode == 0
    assert (cut.exists(), (keeps / "done").exists(), mac.phase()) == (False, True, "saved")


def test_what_a_run_before_began_is_not_taken_away(mac: Mac) -> None:
    mac.run("save", "carry", "data")
    mac.run("bring")
    done = mac.run("guard", "again", "mac", "60", "sh", "-c", "echo it is ill >&2; exit 3")
    assert (done.returncode, "nothing is taken away" in done.stderr) == (82, True)
    assert (mac.phase(), (mac.home / "two/data/file").exists()) == ("brought", True)
    assert mac.run("back").returncode == 0
    assert mac.as_before()


def test_where_the_old_one_does_not_start_either_its_data_is_there_and_the_next_run_begins_anew(mac: Mac) -> None:
    mac.run("save", "carry", "data")
    mac.run("bring")
    (mac.home / "one-ill").touch()
    assert mac.run("guard", "first", "mac", "60", "false").returncode == 81
    assert (mac.phase(), (mac.home / "one/data/file").exists()) == ("saving", True)
    (mac.home / "one-ill").unlink()
    assert mac.run("save", "carry", "data").returncode == 0
    assert mac.phase() == "saved"


def test_no_room_and_what_is_there_already_stop_it_before_anything_is_stopped(mac: Mac) -> None:
    program(mac.home / "bin", "df", "printf 'Filesystem\\n/dev/x 9 9 2048 9 /\\n'")
    done = mac.run("save", "carry", "data")
    assert (done.returncode, "2 MiB are free" in done.stderr) == (88, True)
    (mac.home / "bin/df").unlink()
    assert mac.as_before()
    (mac.home / "two/data").mkdir()
    (mac.home / "two/data/theirs").touch()
    done = mac.run("save", "carry", "data")
    assert (done.returncode, "is on two already" in done.stderr) == (72, True)
    assert ((mac.home / "one-up").exists(), (mac.home / "two/data/theirs").exists()) == (True, True)


def test_what_was_left_is_told_apart_and_what_was_cut_off_goes_back(mac: Mac) -> None:
    assert mac.run("save", "leave", "data").returncode == 0
    assert mac.run("bring").returncode == 0
    assert mac.run("back").returncode == 0
    assert mac.as_before()
    mac.run("save", "leave", "data")
    mac.run("bring")
    mac.run("settle")
    (done,) = mac.state.glob("moved/shop/*/done")
    assert done.read_text().splitlines()[1:] == ["one", "left", "data"]
    assert not (mac.home / "two/data").exists()


@of_each_shell
def test_what_a_move_kept_is_kept_no_more_once_the_stack_is_back_on_it(mac: Mac) -> None:
    """Else its time would be up one day, and the volumes that are in use would go."""
    for of in ("two", "other"):
        earlier = mac.state / "moved/shop" / of
        earlier.mkdir(parents=True)
        (earlier / "done").write_text(f"1000\n{of}\ncarried\ndata\n")
    mac.run("save", "leave", "data")
    mac.run("bring")
    assert mac.run("settle").returncode == 0
    sources = [done.read_text().splitlines()[1] for done in mac.state.glob("moved/shop/*/done")]
    assert sorted(sources) == ["one", "other"]
    assert mac.run("forget", "other").returncode == 0
    assert [done.read_text().splitlines()[1] for done in mac.state.glob("moved/shop/*/done")] == ["one"]
