"""What is kept of a stack that works, and the way back to it: the scripts for real, ended at each of their commands."""

import subprocess
from pathlib import Path

import pytest

from carbon_fleet import assets
from operations.stack.update import script
from tests.unit.operations.run_section import SHELLS, program

SH = [tuple(word for word in shell if word != "-s") for shell in SHELLS]
IDS = [shell[0] for shell in SHELLS]
LABEL = 'Label="io.carbon-fleet.stack=shop"'
# A container is well when its unit says so; what was done is noted.
SYSTEMCTL = """case $1 in
show) case $3 in *ActiveState) echo active ;; *) echo 0 ;; esac ;;
*) echo "$*" >>"$HOME/done" ;;
esac"""
PODMAN = """case "$*" in
*State.Health*) grep -q WELL "$HOME/units/carbon-fleet-${6}.container" && echo healthy || echo unhealthy ;;
*State.Status*) echo running ;;
"image exists "*) ! grep -qxF "$3" "$HOME/gone" 2>/dev/null ;;
pull*) exit 125 ;;
esac"""
# The K-th of these commands is the last thing the script does.
FATAL = """n=$(($(cat "$HOME/n" 2>/dev/null || echo 0) + 1)); echo $n >"$HOME/n"
[ "$n" != "${FATAL:-0}" ] || { kill -9 $PPID; exit 137; }
exec /bin/NAME "$@"
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    programs = tmp_path / "bin"
    programs.mkdir()
    program(programs, "systemctl", SYSTEMCTL)
    program(programs, "podman", PODMAN)
    program(programs, "journalctl", "echo it broke")
    for name in ("cp", "mv", "rm", "mkdir", "chmod"):
        program(programs, name, FATAL.replace("NAME", name))
    (tmp_path / "units").mkdir()
    return tmp_path


def unit(text: str, name: str = "shop-web") -> str:
    return f"[Container]\nContainerName={name}\nImage=r/{text}:1\n{LABEL}\nHealthCmd={text}\nHealthStartPeriod=0s\n"


def put(folder: Path, **units: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in units.items():
        (folder / f"carbon-fleet-shop-{name}.container").write_text(unit(text, f"shop-{name}"))


def texts(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        return {}
    return {file.name: file.read_text() for file in folder.iterdir() if file.name.endswith(".container")}


def run(
    home: Path, shell: tuple[str, ...], text: str, *words: str, fatal: int = 0
) -> "subprocess.CompletedProcess[str]":
    (home / "n").unlink(missing_ok=True)
    environment = {"PATH": f"{home}/bin:/usr/bin:/bin", "HOME": str(home), "FATAL": str(fatal)}
    argv = [*shell, "-c", text, "sh", *words]
    return subprocess.run(argv, env=environment, capture_output=True, text=True, timeout=60, check=False)


def wait(home: Path, shell: tuple[str, ...], fatal: int = 0) -> "subprocess.CompletedProcess[str]":
    words = ("carbon-fleet-shop-web.service", "shop-web", "5", "healthy", "0", "shop", f"{home}/kept", f"{home}/units")
    return run(home, shell, script("wait"), *words, fatal=fatal)


def keep(home: Path, shell: tuple[str, ...], fatal: int = 0) -> "subprocess.CompletedProcess[str]":
    names = sorted(texts(home / "units"))
    return run(home, shell, assets.text("stack/keep.sh"), f"{home}/kept", f"{home}/units", *names, fatal=fatal)


def back(home: Path, shell: tuple[str, ...], fatal: int = 0) -> "subprocess.CompletedProcess[str]":
    return run(home, shell, script("back"), "shop", f"{home}/kept", f"{home}/units", "5", fatal=fatal)


def good(home: Path) -> dict[str, str]:
    return texts(home / "kept/good")


def previous(home: Path) -> dict[str, str]:
    return texts(home / "kept/previous")


@pytest.mark.parametrize("shell", SH, ids=IDS)
def test_what_fails_goes_back_and_says_so(home: Path, shell: tuple[str, ...]) -> None:
    put(home / "kept/good", web="WELL-1", store="WELL", old="WELL")
    put(home / "units", web="ILL-2", store="WELL", new="WELL")
    before = good(home)
    done = wait(home, shell)
    assert done.returncode == 86
    assert texts(home / "units") == before == good(home)
    assert "it broke" in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "shop-web: unhealthy after 0 s (carbon-fleet-shop-web.service is active); "
        "the units that shop had before are back, and work"
    )
    said = (home / "done").read_text().splitlines()
    assert "stop carbon-fleet-shop-web.service" in said
    assert "stop carbon-fleet-shop-new.service" in said
    assert "stop carbon-fleet-shop-store.service" not in said, "what is as it was goes on running"
    assert said[-4:] == [
        "daemon-reload",
        *(f"start --no-block carbon-fleet-shop-{name}.service" for name in ("old", "store", "web")),
    ]


def test_without_other_units_there_is_no_way_back(home: Path) -> None:
    put(home / "units", web="ILL")
    done = wait(home, SH[0])
    assert (done.returncode, (home / "done").exists()) == (1, False)
    put(home / "kept/good", web="ILL")
    assert wait(home, SH[0]).returncode == 1
    put(home / "units", web="WELL")
    assert wait(home, SH[0]).returncode == 0


def test_a_way_back_that_fails_is_said(home: Path) -> None:
    put(home / "kept/good", web="ILL-1")
    put(home / "units", web="ILL-2")
    done = wait(home, SH[0])
    assert done.returncode == 87
    assert "with the units it had before shop does not work either: shop-web: unhealthy" in done.stderr


def test_an_image_that_is_gone_leaves_all_as_it_is(home: Path) -> None:
    put(home / "kept/good", web="WELL-1")
    put(home / "units", web="ILL-2")
    (home / "gone").write_text("r/WELL-1:1\n")
    done = wait(home, SH[0])
    assert done.returncode == 87
    assert "the image r/WELL-1:1 of its units before is gone" in done.stderr
    assert not (home / "done").exists()


@pytest.mark.parametrize("shell", SH, ids=IDS)
def test_what_works_is_kept_and_what_was_kept_is_the_one_before(home: Path, shell: tuple[str, ...]) -> None:
    kept = []
    for text in ("WELL-1", "WELL-2", "WELL-2", "WELL-3"):
        put(home / "units", web=text)
        assert keep(home, shell).returncode == 0
        kept.append((good(home), previous(home)))
    one, two, three = kept[0][0], kept[1][0], kept[3][0]
    assert kept == [(one, {}), (two, one), (two, one), (three, two)]
    assert sorted(path.name for path in (home / "kept").iterdir()) == ["good", "previous"]


@pytest.mark.parametrize("shell", SH, ids=IDS)
def test_back_and_forth(home: Path, shell: tuple[str, ...]) -> None:
    put(home / "kept/previous", web="WELL-1")
    put(home / "kept/good", web="WELL-2")
    put(home / "units", web="WELL-2")
    one, two = previous(home), good(home)
    assert back(home, shell).returncode == 0
    assert (texts(home / "units"), good(home), previous(home)) == (one, one, two)
    assert back(home, shell).returncode == 0
    assert (texts(home / "units"), good(home), previous(home)) == (two, two, one)


def test_back_from_what_was_never_kept_is_back_to_what_was(home: Path) -> None:
    put(home / "kept/previous", web="WELL-1")
    put(home / "kept/good", web="WELL-2")
    put(home / "units", web="WELL-3", more="WELL")
    one, two = previous(home), good(home)
    assert back(home, SH[0]).returncode == 0
    assert (texts(home / "units"), good(home), previous(home)) == (two, two, one)
    put(home / "kept/good", web="ILL")
    put(home / "units", web="WELL-3")
    done = back(home, SH[0])
    assert (done.returncode, "with the units from before shop does not work" in done.stderr) == (87, True)


def test_back_to_what_does_not_work_comes_back(home: Path) -> None:
    put(home / "kept/previous", web="ILL-1")
    put(home / "kept/good", web="WELL-2")
    put(home / "units", web="WELL-2")
    two = good(home)
    done = back(home, SH[0])
    assert done.returncode == 86
    assert "the ones shop had until now are back, and work" in done.stderr
    assert (texts(home / "units"), good(home)) == (two, two)
    assert back(Path(home), SH[0]).returncode == 86


def test_nothing_before_is_said(home: Path) -> None:
    put(home / "kept/good", web="WELL")
    put(home / "units", web="WELL")
    done = back(home, SH[0])
    assert (done.returncode, done.stderr) == (
        65,
        "no units of shop from before are kept: there is nothing to go back to\n",
    )


def fatal_commands(home: Path) -> int:
    """How many of the deadly commands the last run ran."""
    return int((home / "n").read_text())


@pytest.mark.parametrize("again", [False, True], ids=["first", "update"])
def test_keeping_that_is_cut_off_anywhere_is_made_good_by_the_next(home: Path, tmp_path: Path, again: bool) -> None:
    def start() -> None:
        subprocess.run(["/bin/rm", "-rf", f"{home}/kept"], check=True)
        if again:
            put(home / "kept/previous", web="WELL-0")
            put(home / "kept/good", web="WELL-1")
        put(home / "units", web="WELL-2")

    start()
    keep(home, SH[0])
    clean, count = (good(home), previous(home)), fatal_commands(home)
    for fatal in range(1, count + 1):
        start()
        assert keep(home, SH[0], fatal).returncode == -9
        assert good(home) in (clean[0], texts(home / "units"), clean[1], {})
        assert keep(home, SH[0]).returncode == 0
        assert (good(home), previous(home)) == clean, f"killed at command {fatal}"


def test_going_back_that_is_cut_off_leaves_whole_units_and_what_is_kept(home: Path) -> None:
    def start() -> None:
        put(home / "kept/good", web="WELL-1", store="WELL-1")
        put(home / "units", web="ILL-2", store="WELL-2", new="WELL")

    start()
    kept, tried = good(home), texts(home / "units")
    assert wait(home, SH[0]).returncode == 86
    for fatal in range(1, fatal_commands(home) + 1):
        start()
        assert wait(home, SH[0], fatal).returncode == -9
        assert good(home) == kept
        assert all(text in (kept.get(name), tried.get(name)) for name, text in texts(home / "units").items())
        again = wait(home, SH[0])
        assert again.returncode in (0, 86)
