"""files/moving/*.sh for real where a runtime hangs, does not answer, or its application goes amid a move."""

import shutil
import socket
from pathlib import Path

import pytest

from tests.unit.operations.moving_mac import Mac
from tests.unit.operations.run_section import SHELLS, program

DOCKER = """
place="$HOME/engine"
mkdir -p "$place"
[ ! -e "$HOME/hangs" ] || ! grep -qx "$1" "$HOME/hangs" || sleep 60
case "$1 $2" in
"version "*) echo 28.5.2 ;;
"image inspect") ;;
"volume ls") for one in "$place"/*/; do [ ! -d "$one" ] || echo "$(basename "$one")|"; done ;;
"volume create") mkdir "$place/$5" ;;
"volume rm") rm -r "$place/$3" ;;
"run --rm") cat >/dev/null && [ ! -e "$HOME/vanishes" ] || rm -r "$HOME/Applications"; echo x ;;
"ps --all") ;;
"rm --force") echo "$3" >>"$HOME/removed" ;;
*) exit 64 ;;
esac
"""
"""As much of docker as a move asks for; what it `run`s has no effect."""


@pytest.fixture
def mac(tmp_path: Path) -> Mac:
    return Mac(tmp_path, SHELLS[0])


@pytest.fixture
def with_docker(mac: Mac, monkeypatch: pytest.MonkeyPatch) -> Mac:
    """Its Docker Desktop has nothing in it; its socket is one, at which nobody answers."""
    place = mac.home / "Applications/Docker.app/Contents/Resources/bin"
    place.mkdir(parents=True)
    program(place, "docker", DOCKER)
    (mac.home / ".docker/run").mkdir(parents=True)
    monkeypatch.chdir(mac.home / ".docker/run")
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("docker.sock")
    return mac


def last(err: str) -> str:
    return err.splitlines()[-1]


def test_a_step_that_hangs_is_ended_and_the_old_one_is_back(mac: Mac) -> None:
    mac.run("save", "carry", "data")
    mac.run("bring")
    for where in ("mac", "guest"):
        assert mac.run("save", "carry", "data").returncode in (0, 75)
        mac.run("bring")
        words = ("1", "sh", "-c", "sleep 60") if where == "mac" else ("1", "sh", "-c", "exit 124")
        done = mac.run("guard", "first", where, *words)
        said = (
            "on two it does not work (it did not end within 1 seconds): the stack shop is back on one, with all it held"
        )
        assert (done.returncode, last(done.stderr)) == (80, said)
        assert mac.as_before()


@pytest.mark.parametrize("mute", ["one", "two"])
def test_a_runtime_that_does_not_answer_is_not_one_without_the_volume(mac: Mac, mute: str) -> None:
    """Else the stack would begin empty on the new one, or what is there would be removed."""
    (mac.home / f"{mute}-mute").touch()
    done = mac.run("save", "carry", "data")
    told = f"whether {mute} has a volume data could not be told: the stack shop is on one as before"
    assert (done.returncode, last(done.stderr)) == (79, told)
    assert mac.as_before()


def test_what_cannot_be_taken_away_is_named_and_the_old_one_runs_all_the_same(mac: Mac) -> None:
    mac.run("save", "carry", "data")
    mac.run("bring")
    (mac.home / "two-mute").touch()
    done = mac.run("guard", "first", "mac", "60", "false")
    assert (done.returncode, (mac.home / "one-up").exists()) == (81, True)
    said = last(done.stderr)
    assert "the stack shop runs on one again, with all it held; on two is left what it had got" in said
    assert "containers of shop, the volumes data; should two never come back, rm -r" in said
    assert said.endswith("Mend that, and run apply again")
    assert (mac.phase(), (mac.home / "two/data/file").exists()) == ("saving", True)
    (mac.home / "two-mute").unlink()
    assert mac.run("back").returncode == 0
    assert mac.as_before()


def test_what_is_kept_is_not_forgotten_while_its_runtime_does_not_answer(mac: Mac) -> None:
    for step in (("save", "carry", "data"), ("bring",), ("settle",)):
        mac.run(*step)
    (done,) = mac.state.glob("moved/shop/*/done")
    (mac.home / "one-mute").touch()
    assert mac.run("purge", done.parent.name).returncode == 1
    assert (done.exists(), (mac.home / "one/data/file").exists()) == (True, True)


def test_an_engine_that_hangs_is_given_up_and_the_old_one_is_back(with_docker: Mac) -> None:
    mac, way = with_docker, ("one", "docker")
    assert mac.run("save", "carry", "data", way=way).returncode == 0
    (mac.home / "hangs").write_text("run\n")
    done = mac.run("bring", way=way)
    assert (done.returncode, last(done.stderr)) == (
        80,
        "the volume data could not be brought: the stack shop is back on one, with all it held",
    )
    assert "docker run did not end within 2 seconds" in done.stderr
    assert (mac.home / "removed").read_text() == "carbon-fleet-moving.data\n", (
        "its container went on without its client"
    )
    assert not list((mac.home / "engine").iterdir())
    (mac.home / "hangs").write_text("version\n")
    done = mac.run("save", "carry", "data", way=way)
    assert (done.returncode, last(done.stderr).partition(":")[0]) == (79, "docker cannot be reached")
    assert not mac.phase()


def test_an_application_that_is_gone_before_anything_was_brought_is_not_missed(with_docker: Mac) -> None:
    mac, way = with_docker, ("one", "docker")
    assert mac.run("save", "carry", "data", way=way).returncode == 0
    shutil.rmtree(mac.home / "Applications")
    done = mac.run("bring", way=way)
    said = "docker cannot be reached: the stack shop is back on one, with all it held"
    assert (done.returncode, last(done.stderr)) == (80, said)
    assert "Docker Desktop is not installed" in done.stderr
    assert not mac.phase()


def test_one_that_is_not_wished_any_more_is_back_though_the_application_is_gone(with_docker: Mac) -> None:
    mac, way = with_docker, ("one", "docker")
    assert mac.run("save", "carry", "data", way=way).returncode == 0
    shutil.rmtree(mac.home / "Applications")
    done = mac.run("back", way=way)
    said = "docker cannot be reached: the stack shop is back on one, with all it held"
    assert (done.returncode, last(done.stderr)) == (0, said), "that is what was asked for"
    assert mac.as_before()


def test_an_application_that_goes_in_the_middle_leaves_the_old_one_running_and_a_way_on(with_docker: Mac) -> None:
    mac, way = with_docker, ("one", "docker")
    assert mac.run("save", "carry", "data", way=way).returncode == 0
    (mac.home / "vanishes").touch()
    shutil.copytree(mac.home / "Applications", mac.home / "again")
    done = mac.run("bring", way=way)
    assert (done.returncode, mac.phase(), (mac.home / "one-up").exists()) == (81, "saving", True)
    assert (
        "runs on one again, with all it held; on docker is left what it had got (Docker Desktop is not installed)"
        in (last(done.stderr))
    )
    (mac.home / "again").rename(mac.home / "Applications")
    assert mac.run("back", way=way).returncode == 0
    assert (mac.phase(), list((mac.home / "engine").iterdir())) == ("", [])


def test_what_moves_away_from_an_application_that_is_gone_works_and_says_what_is_left(with_docker: Mac) -> None:
    """Its containers cannot be removed any more; the new one runs, and is not put back."""
    mac, way = with_docker, ("docker", "two")
    mac.run("save", "leave", "data", way=way)
    shutil.rmtree(mac.home / "Applications")
    assert mac.run("bring", way=way).returncode == 0
    assert mac.run("guard", "first", "mac", "60", "true", way=way).returncode == 0
    done = mac.run("settle", way=way)
    assert (done.returncode, mac.phase()) == (1, "arrived")
    assert "works on two; what is left of it on docker could not be removed: see that docker answers" in last(
        done.stderr
    )


def test_a_volume_of_which_nobody_can_tell_who_uses_it_is_not_filled(with_docker: Mac) -> None:
    mac, way = with_docker, ("docker", "docker")
    (mac.home / "hangs").write_text("ps\n")
    done = mac.run("import", "data", "sum", "yes", "shop", way=way)
    assert (done.returncode, last(done.stderr)) == (1, "what uses the volume data could not be told")
    assert not list((mac.home / "engine").iterdir())
