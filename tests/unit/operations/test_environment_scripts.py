"""files/environment/*.sh for real, with a uv of our own that says what the real one says, under every kind of sh."""

import hashlib
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from carbon_fleet.plan import Command
from operations.environment import commands
from operations.environment.wish import Environment, Lock
from tests.unit.operations.run_section import SHELLS, program

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
TEXT = "alpha==1.0 --hash=sha256:" + "a" * 64 + "\n"
LOCK = Lock(path="envs/ml.txt", sha256=hashlib.sha256(TEXT.encode()).hexdigest(), content=TEXT)
WISH = Environment.model_validate_json('{"python": "3.12", "room": "1MiB"}')
CLOSED = Environment.model_validate_json(
    '{"python": "3.12", "room": "1MiB", "index": {"url": "https://pypi.lab/simple", "user": "me", "password": "pypi"}}'
)
FOLDER = ".local/share/carbon-fleet/environments"
UV = """
echo "$*" >>"$HOME/said"
env | grep -E '^(UV_|NETRC)' | sort >"$HOME/env"
[ ! -f "${NETRC:-/none}" ] || cp "$NETRC" "$HOME/netrc"
case "$1 $2" in
"venv "*) for path; do :; done; mkdir -p "$path/bin"; echo made >"$path/pyvenv.cfg" ;;
"pip sync") [ ! -e "$HOME/dies" ] || kill -9 $PPID ;;
esac
[ "$1" = venv ] || [ ! -e "$HOME/fails" ] || { cat "$HOME/fails" >&2; exit 1; }"""
SAID = {
    "ENVIRONMENT_WRONG_HASH": "error: Failed to download `idna==3.10`\n  cause: Hash mismatch for `idna==3.10`\n",
    "ENVIRONMENT_NO_WHEEL": "error: No solution found when resolving dependencies\n"
    "  cause: Because tensorflow-metal==1.2.0 has no wheels with a matching platform tag (e.g., `macosx_11_0_arm64`)\n",
    "ENVIRONMENT_NO_INDEX": "error: Request failed after 3 retries in 10.9s\n"
    "  cause: Failed to fetch: http://127.0.0.1:9/simple/idna/\n  cause: tcp connect error\n",
    "ENVIRONMENT_NO_ROOM": "error: Failed to install: x\n  cause: No space left on device (os error 28)\n",
    "ENVIRONMENT_LOGIN": "error: Failed to fetch: `http://x/simple/a/`\n"
    "  cause: HTTP status client error (401 Unauthorized) for url (http://x/simple/a/)\n",
}
"""What uv 0.13.9 said, seen by making it fail so; of a full disk, what its sources say."""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "uv", UV)
    return tmp_path


def run(home: Path, shell: tuple[str, ...], command: Command) -> "subprocess.CompletedProcess[str]":
    argv = [*shell[:-1], *command.argv[1:]]
    env = {"HOME": str(home), "PATH": f"{home}/bin:{os.defpath}", "TMPDIR": str(home), "PYTHONPATH": "theirs"}
    return subprocess.run(
        argv, env=env, input=command.stdin or "", text=True, capture_output=True, timeout=60, check=False
    )


def make(home: Path, shell: tuple[str, ...], slot: str, wanted: Environment = WISH) -> int:
    ran = run(home, shell, commands.make("ml", slot, wanted, LOCK))
    assert ran.returncode == 0 or ran.stderr or ran.returncode < 0
    return ran.returncode


def slots(home: Path) -> list[str]:
    return sorted(path.name for path in (home / FOLDER / ".made").iterdir())


@each_shell
def test_it_is_made_beside_and_then_put_into_its_place(home: Path, shell: tuple[str, ...]) -> None:
    assert make(home, shell, "ml.a") == 0
    assert (home / FOLDER / "ml").readlink() == Path(".made/ml.a")
    assert (home / FOLDER / "ml/carbon-fleet.note").read_text() == f"{LOCK.sha256} 3.12\n"
    assert (home / FOLDER / "ml/carbon-fleet.lock").read_text() == TEXT
    assert make(home, shell, "ml.b") == 0
    assert ((home / FOLDER / "ml").readlink(), slots(home)) == (Path(".made/ml.b"), ["ml.b"])
    said = (home / "said").read_text().splitlines()
    assert [line.split(" --")[0] for line in said[:2]] == ["venv", "pip sync"]
    assert "--require-hashes --no-build" in said[1]
    assert f"UV_PYTHON_INSTALL_DIR={home}/.local/share/carbon-fleet/python" in (home / "env").read_text()
    assert list(home.glob("carbon-uv.*")) == []


@each_shell
@pytest.mark.parametrize("code", SAID)
def test_a_failure_has_a_code_and_leaves_what_there_is(home: Path, shell: tuple[str, ...], code: str) -> None:
    assert make(home, shell, "ml.a") == 0
    (home / "fails").write_text(SAID[code])
    ran = run(home, shell, commands.make("ml", "ml.b", WISH, LOCK))
    assert commands.CODES[ran.returncode] == code
    assert ran.stderr.startswith(SAID[code])
    assert ((home / FOLDER / "ml").readlink(), slots(home)) == (Path(".made/ml.a"), ["ml.a"])


@each_shell
def test_cut_off_it_is_begun_anew(home: Path, shell: tuple[str, ...]) -> None:
    assert make(home, shell, "ml.a") == 0
    (home / "dies").touch()
    assert make(home, shell, "ml.b") == -9
    assert ((home / FOLDER / "ml").readlink(), slots(home)) == (Path(".made/ml.a"), ["ml.a", "ml.b"])
    assert not (home / FOLDER / ".made/ml.b/carbon-fleet.note").exists()
    (home / "dies").unlink()
    (home / FOLDER / ".made/ml.b/of-the-cut-off").touch()
    assert make(home, shell, "ml.b") == 0
    assert ((home / FOLDER / "ml").readlink(), slots(home)) == (Path(".made/ml.b"), ["ml.b"])
    assert not (home / FOLDER / "ml/of-the-cut-off").exists()


@each_shell
def test_a_login_goes_by_a_file_of_its_own(home: Path, shell: tuple[str, ...]) -> None:
    assert commands.CODES[make(home, shell, "ml.a", CLOSED)] == "ENVIRONMENT_LOGIN"
    kept = home / ".config/carbon-fleet/secrets/pypi"
    kept.parent.mkdir(parents=True)
    kept.write_text("s3cret")
    assert make(home, shell, "ml.a", CLOSED) == 0
    assert (home / "netrc").read_text() == "machine pypi.lab login me password s3cret\n"
    assert "UV_DEFAULT_INDEX=https://pypi.lab/simple\n" in (home / "env").read_text()
    assert "s3cret" not in (home / "env").read_text() + (home / "said").read_text()
    assert list(home.glob("carbon-uv.*")) == []
    kept.write_text("two words")
    assert commands.CODES[make(home, shell, "ml.b", CLOSED)] == "ENVIRONMENT_LOGIN"


@each_shell
def test_what_is_lacking_is_told_before_anything_is_done(home: Path, shell: tuple[str, ...]) -> None:
    large = WISH.model_copy(update={"room": 1 << 40})
    assert commands.CODES[make(home, shell, "ml.a", large)] == "ENVIRONMENT_NO_ROOM"
    cut = commands.make("ml", "ml.a", WISH, replace(LOCK, content=TEXT[:-9]))
    assert run(home, shell, cut).returncode == 75
    assert not (home / "said").exists()
    (home / "bin/uv").unlink()
    if shutil.which("uv", path=os.defpath) is None:
        assert commands.CODES[make(home, shell, "ml.a")] == "ENVIRONMENT_NO_UV"


@each_shell
def test_a_slot_that_is_in_use_is_not_made_over(home: Path, shell: tuple[str, ...]) -> None:
    assert make(home, shell, "ml.a") == 0
    (home / FOLDER / "ml/theirs").touch()
    assert make(home, shell, "ml.a") == 75
    assert (home / FOLDER / "ml/theirs").exists()


@each_shell
def test_a_python_is_brought_or_told_of(home: Path, shell: tuple[str, ...]) -> None:
    assert run(home, shell, commands.python(WISH)).returncode == 0
    assert (home / "said").read_text() == "python install --no-bin 3.12\n"
    mirrored = Environment.model_validate_json('{"python": "3.12", "python_mirror": "https://mirror.lab/python"}')
    assert run(home, shell, commands.python(mirrored)).returncode == 0
    assert "UV_PYTHON_INSTALL_MIRROR=https://mirror.lab/python\n" in (home / "env").read_text()
    for text, part in (("error: No download found for request: x", "knows no Python"), ("error: dns", "GitHub: dns")):
        (home / "fails").write_text(text)
        ran = run(home, shell, commands.python(WISH))
        assert (commands.CODES[ran.returncode], part in ran.stderr) == ("ENVIRONMENT_NO_PYTHON", True)


@each_shell
def test_what_is_removed(home: Path, shell: tuple[str, ...]) -> None:
    assert make(home, shell, "ml.a") == 0
    (home / FOLDER / ".made/ml.b").mkdir()
    assert run(home, shell, commands.drop("ml.b", says="")).returncode == 0
    assert ((home / FOLDER / "ml").is_symlink(), slots(home)) == (True, ["ml.a"])
    assert run(home, shell, commands.drop("ml.a", "ml.b", says="")).returncode == 0
    assert ((home / FOLDER / "ml").is_symlink(), slots(home)) == (False, [])
    pythons = home / ".local/share/carbon-fleet/python"
    (pythons / "cpython-3.12.1-x/bin").mkdir(parents=True)
    (pythons / "cpython-3.12-x").symlink_to("cpython-3.12.1-x")
    assert run(home, shell, commands.drop_python("cpython-3.12.1-x")).returncode == 0
    assert list(pythons.iterdir()) == []


@each_shell
def test_a_program_runs_on_its_own_python(home: Path, shell: tuple[str, ...]) -> None:
    assert make(home, shell, "ml.a") == 0
    program(home / FOLDER / "ml/bin", "python", 'echo "$@"')
    said = run(home, shell, commands.run("ml", "print(1)", "a b", says="", deadline=5))
    assert said.stdout == "-I -c print(1) a b\n"
