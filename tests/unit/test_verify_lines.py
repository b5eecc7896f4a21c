"""Command lines of a look: run for real through a stand-in ssh and podman, with names that break careless quoting."""

import shlex
import subprocess
import time
from pathlib import Path

import pytest

from carbon_fleet.verify.lines import container_command, guest_command, here_command, mac_line

EVIL = [
    "plain",
    "two words",
    "it's",
    'say "hi"',
    "$HOME `id` $(id)",
    "; rm -rf /; #",
    "a\nb\n",
    "-n",
    "%s %d",
    "\\",
    "ü → 🍎",
    "*?[x]",
    "! ~",
]
# Both do what the real ones do with their last words: ssh hands one string to the other side's shell, podman an argv.
SSH = '#!/bin/sh\nfor last; do :; done\nprintf "%s\\n" "$@" >"$0.argv"\nexec /bin/sh -c "$last"\n'
PODMAN = '#!/bin/sh\nprintf "%s\\n" "$2" >"$0.container"\nshift 2\nexec "$@"\n'


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """A Homebrew prefix with a blank and a quote in its path, and the two programs in its bin."""
    where = tmp_path / "home brew's"
    (where / "bin").mkdir(parents=True)
    for name, text in (("ssh", SSH), ("podman", PODMAN)):
        (where / "bin" / name).write_text(text)
        (where / "bin" / name).chmod(0o755)
    return where


def run(line: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("word", EVIL)
def test_words_reach_the_mac_the_guest_and_the_container_unchanged(prefix: Path, word: str) -> None:
    command = shlex.join(["printf", "%s", word])
    guest = guest_command(command, 5, "/tmp/x/s")
    container = guest_command(container_command(command, "c-1"), 5, "/tmp/x/s")
    for look in (command, guest, container):
        ran = run(mac_line(look, 5, str(prefix)))
        assert (ran.returncode, ran.stdout) == (0, word), ran.stderr


def test_the_guest_is_reached_over_the_shared_connection_only(prefix: Path) -> None:
    run(mac_line(guest_command("true", 7, "/tmp/a b/s"), 9, str(prefix)))
    words = (prefix / "bin" / "ssh.argv").read_text().splitlines()
    assert words[words.index("-S") + 1] == "/tmp/a b/s"
    assert "ProxyCommand=false" in words
    assert "ControlMaster=no" in words
    assert words[-1] == "timeout -k 2 7 /bin/sh -c true"


def test_the_container_is_named(prefix: Path) -> None:
    run(mac_line(guest_command(container_command("true", "a;b"), 7, "/s"), 9, str(prefix)))
    assert (prefix / "bin" / "podman.container").read_text() == "a;b\n"


def test_homebrew_is_on_path_and_the_temporary_folder_is_named(prefix: Path) -> None:
    ran = run(mac_line('printf "%s\\n" "$PATH" "$TMPDIR" "$LC_ALL"', 5, str(prefix)))
    path, temporary, locale = ran.stdout.splitlines()
    assert path == f"{prefix}/bin:{prefix}/sbin:/usr/bin:/bin:/usr/sbin:/sbin:/opt/podman/bin"
    assert temporary.startswith("/")
    assert locale == "C"


def test_a_command_that_hangs_is_ended_with_all_it_started(tmp_path: Path) -> None:
    mark = f"86{time.time_ns() % 100000}"
    began = time.monotonic()
    ran = run(mac_line(f"sleep {mark} & sleep {mark}", 1, "/opt/homebrew"))
    assert ran.returncode == 124
    assert time.monotonic() - began < 10
    assert run(f"pgrep -f '^sleep {mark}'").returncode == 1


def test_exit_statuses_come_through(prefix: Path) -> None:
    assert run(mac_line("exit 7", 5, str(prefix))).returncode == 7
    assert run(mac_line(guest_command("exit 9", 5, "/s"), 9, str(prefix))).returncode == 9


SUDO = '#!/bin/sh\n[ "$1 $2 $3" = "-n -H --" ] || exit 64\nshift 3\nPATH=/usr/bin:/bin exec "$@"\n'


@pytest.mark.parametrize("word", EVIL)
def test_words_reach_root_on_a_host_without_a_machine(prefix: Path, word: str) -> None:
    """Not root in here, so that sudo is asked; what it is given is what runs."""
    for name, text in (("sudo", SUDO), ("id", "#!/bin/sh\necho 1000\n")):
        (prefix / "bin" / name).write_text(text)
        (prefix / "bin" / name).chmod(0o755)
    ran = run(mac_line(here_command(shlex.join(["printf", "%s", word]), 5), 10, str(prefix)))
    assert (ran.returncode, ran.stdout) == (0, word), ran.stderr
