"""files/native/*.sh and run.pl for real: what becomes of secrets, logs and programs, under every kind of sh."""

import json
import os
import plistlib
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import pytest

from operations.native.commands import drop, up, volume
from operations.native.jobs import Job, jobs
from operations.native.kept import STORE
from operations.native.seen import NativeSeen
from operations.render.launchd import plist, running
from operations.render.workload import Mount, Secret, Workload
from tests.unit.operations.native_world import a_mac, web
from tests.unit.operations.run_section import SHELLS, program

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
LAUNCHCTL = r"""
echo "$*" >>"$HOME/said"
case $1 in
print) [ -e "$HOME/loaded" ] || exit 113; printf 'x = {\n\tpid = 4242\n}\n' ;;
bootstrap) [ ! -e "$HOME/refuses" ] || exit 5; touch "$HOME/loaded" ;;
bootout) rm "$HOME/loaded" ;;
esac"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "launchctl", LAUNCHCTL)
    program(tmp_path / "bin", "plutil", '[ -e "$2" ]')
    program(tmp_path / "bin", "shasum", "sha256sum")
    program(tmp_path / "bin", "nginx", "exit 0")
    secrets = tmp_path / ".config/carbon-fleet/secrets"
    secrets.mkdir(parents=True)
    (secrets / ".key").write_text("k" * 64)
    (secrets / "token").write_text('a$b "c"\nsecond line')
    (tmp_path / "Library/Logs").mkdir(parents=True)
    (tmp_path / "x.plist").write_text("<plist/>")
    return tmp_path


def run(home: Path, shell: tuple[str, ...], argv: tuple[str, ...]) -> "subprocess.CompletedProcess[str]":
    env = {"HOME": str(home), "PATH": f"{home}/bin:{os.defpath}"}
    return subprocess.run([*shell[:-1], *argv[1:]], env=env, text=True, capture_output=True, timeout=60, check=False)


def said(home: Path) -> list[str]:
    return [line for line in (home / "said").read_text().splitlines() if not line.startswith("print")]


def up_words(home: Path, health: str, *, anew: bool = True, seconds: str = "2") -> tuple[str, ...]:
    (job,) = jobs(a_mac(web(health={"command": "true"}, ready_timeout="1s")))
    argv = list(up(job, NativeSeen(home=str(home)), anew=anew).argv)
    argv[6:8] = [str(home / "x.plist"), str(home / "bin/nginx")]
    argv[9], argv[11] = seconds, health
    return tuple(argv)


@each_shell
def test_it_is_taken_out_loaded_and_awaited(home: Path, shell: tuple[str, ...]) -> None:
    (home / "loaded").touch()
    ran = run(home, shell, up_words(home, "true"))
    assert ran.returncode == 0, ran.stderr
    label = "gui/501/io.carbon-fleet.native.shop-web"
    assert said(home) == [f"bootout {label}", f"enable {label}", f"bootstrap gui/501 {home}/x.plist"]


@each_shell
def test_one_that_never_works_is_named_with_its_own_words(home: Path, shell: tuple[str, ...]) -> None:
    ran = run(home, shell, up_words(home, "echo it is broken; exit 3", seconds="1"))
    assert ran.returncode == 75
    last = ran.stderr.splitlines()[-1]
    assert "it does not work: it is broken; what it wrote is in ~/Library/Logs/" in last


def test_one_that_is_sure_is_not_waited_for(home: Path) -> None:
    ran = run(home, SHELLS[0], up_words(home, "echo on the CPU; exit 3", seconds="50"))
    assert (ran.returncode, "does not work: on the CPU" in ran.stderr) == (75, True)


def test_a_program_that_is_not_there_is_named_and_nothing_is_loaded(home: Path) -> None:
    (home / "bin/nginx").unlink()
    ran = run(home, SHELLS[0], up_words(home, "true"))
    assert (ran.returncode, f"{home}/bin/nginx is not there" in ran.stderr, (home / "said").exists()) == (
        69,
        True,
        False,
    )


def test_only_awaited_nothing_is_loaded(home: Path) -> None:
    (home / "loaded").touch()
    assert run(home, SHELLS[0], up_words(home, "", anew=False)).returncode == 0
    assert said(home) == []


@each_shell
def test_it_goes_with_its_property_list_and_its_notes(home: Path, shell: tuple[str, ...]) -> None:
    state = home / ".local/state/carbon-fleet/native"
    (state / "shop-web").mkdir(parents=True)
    (state / "shop-web.started").touch()
    (state / "shop-web-2.started").touch()
    (home / "loaded").touch()
    agents = home / "Library/LaunchAgents"
    agents.mkdir()
    file = agents / "io.carbon-fleet.native.shop-web.plist"
    file.touch()
    assert run(home, shell, drop("shop-web", NativeSeen(home=str(home))).argv).returncode == 0
    assert (file.exists(), [one.name for one in state.iterdir()]) == (False, ["shop-web-2.started"])


@each_shell
def test_a_model_is_kept_without_room_and_one_that_is_another_is_not(home: Path, shell: tuple[str, ...]) -> None:
    cache = home / "Library/Caches/carbon-fleet/models"
    cache.mkdir(parents=True)
    sha256 = "7ec0ba2eb4c5b9b0b2d0a5e4ff1b7a2f3b3c1c7e9d5f6a8b9c0d1e2f3a4b5c6d"
    (cache / sha256).write_text("another")
    ran = run(home, shell, STORE.keep(sha256).argv)
    place = home / ".local/share/carbon-fleet/models"
    assert (ran.returncode, list(place.iterdir())) == (65, [])
    right = subprocess.run(["sha256sum"], input=b"weights", capture_output=True, check=True).stdout.decode().split()[0]
    (cache / right).write_text("weights")
    assert run(home, shell, STORE.keep(right).argv).returncode == 0
    assert (place / right).stat().st_ino == (cache / right).stat().st_ino
    state = (place / right).stat()
    assert (place / f"{right}.checked").read_text() == f"{state.st_size} {int(state.st_mtime)} {state.st_ino}\n"
    assert run(home, shell, STORE.forget(right).argv).returncode == 0
    assert (place.exists(), (cache / right).exists()) == (False, True)


@each_shell
def test_a_volumes_folder_is_its_users_alone(home: Path, shell: tuple[str, ...]) -> None:
    folder = home / ".local/share/carbon-fleet/native/shop/data"
    assert run(home, shell, volume("make", "shop/data").argv).returncode == 0
    assert oct(folder.stat().st_mode & 0o777) == "0o700"
    (folder / "file").touch()
    assert run(home, shell, volume("remove", "shop/data").argv).returncode == 0
    assert not folder.parent.exists()
    assert run(home, shell, volume("remove", "").argv).returncode != 0


def given_to(words: tuple[str, ...], secret: str = "token") -> Workload:
    return Workload(
        *("shop", "web", "nginx"),
        program=words,
        secrets=(Secret(secret, "TOKEN"),),
        mounts=(Mount("data", "/data"),),
        environment={"STATE": "{state}", "DATA": "{volume:/data}", "PRICE": 'Größe 5$ "a"'},
    )


def become(home: Path, *words: str, log: int = 1 << 20, secret: str = "token") -> "subprocess.CompletedProcess[bytes]":
    """The job's own command, as launchd would run it."""
    given = given_to(words, secret)
    job = plistlib.loads(plist(given, str(home), log).encode())
    return subprocess.run(job["ProgramArguments"], env=job["EnvironmentVariables"], capture_output=True, timeout=60)


def until(path: Path, text: str) -> str:
    for _ in range(200):
        found = path.read_text() if path.exists() else ""
        if text in found:
            break
        time.sleep(0.05)
    return found


LOG = "Library/Logs/carbon-fleet-native-shop-web.log"


def test_it_becomes_the_program_with_its_secrets_and_folders(home: Path) -> None:
    words = ("/bin/sh", "-c", 'printf "%s|" "$TOKEN" "$$" "$STATE" "$DATA"; echo err >&2; exit 7')
    ran = become(home, *words)
    assert (ran.returncode, ran.stdout, ran.stderr) == (7, b"", b"")
    token, pid, state, data, err = until(home / LOG, "err").split("|")
    assert (token, err.strip()) == ('a$b "c"\nsecond line', "err")
    assert (Path(state).is_dir(), Path(data).is_dir()) == (True, True)
    note = (home / ".local/state/carbon-fleet/native/shop-web.started").read_text().split()
    assert (note[0], note[1], note[2].startswith("token:")) == (
        pid,
        running(given_to(words), str(home), 1 << 20),
        True,
    ), "the program is the process launchd has"
    assert "second line" not in json.dumps(note)


def test_its_state_is_empty_at_each_start_and_its_data_stays(home: Path) -> None:
    for _ in range(2):
        become(home, "/bin/sh", "-c", 'ls "$STATE" "$DATA"; touch "$STATE/one" "$DATA/two"; echo end')
    lines = until(home / LOG, "two").split("end")
    assert ("one" in lines[1], "two" in lines[1]) == (False, True)


def test_its_log_is_put_aside_in_time_and_only_two_are_kept(home: Path) -> None:
    lines = f'i=0; while [ $i -lt 6000 ]; do echo "line $i {"." * 40}"; i=$((i+1)); done; echo last'
    become(home, "/bin/sh", "-c", lines, log=1 << 16)
    assert ended(home), "the last line is in none of them"
    logs = home / "Library/Logs"
    assert sorted(path.name for path in logs.iterdir()) == [Path(LOG).name + end for end in ("", ".1", ".2")]
    assert all(path.stat().st_size < (1 << 16) + 65536 for path in logs.iterdir())


def ended(home: Path) -> bool:
    """Whether the last line comes; it may just have been put aside with what was before it."""
    for _ in range(200):
        for path in (home / LOG, home / f"{LOG}.1"):
            with suppress(FileNotFoundError):
                if path.read_text().endswith("last\n"):
                    return True
        time.sleep(0.05)
    return False


def test_a_secret_that_is_not_there_and_a_program_that_is_not_end_it_and_say_so(home: Path) -> None:
    ran = become(home, "/usr/bin/true", secret="missing")
    assert (ran.returncode, b"the secret missing is not there" in ran.stderr) == (78, True)
    ran = become(home, "/nowhere/program")
    assert ran.returncode == 78
    assert "/nowhere/program cannot be run" in until(home / LOG, "cannot be run")


def test_no_value_of_a_secret_is_in_what_launchd_is_told() -> None:
    job: Job = jobs(a_mac())[0]
    said = json.loads(plistlib.loads(job.text.encode())["ProgramArguments"][3])
    assert said["secrets"] == {"/run/secrets/key": "token", "TOKEN": "token"}
