"""The assembled probe: run for real in every POSIX shell we can have, with hostile values."""

import shlex
import subprocess
import time
from pathlib import Path

import pytest

from carbon_fleet import assets
from carbon_fleet.snapshot import probe_script, read_snapshot
from carbon_fleet.snapshot.files import files_in
from carbon_fleet.snapshot.script import HEREDOC, Question, deadline_program
from tests.unit.operations.run_section import SHELLS as STDIN_SHELLS

SHELLS = [[word for word in shell if word != "-s"] for shell in STDIN_SHELLS]
EVIL = ["$(touch pwned)", "`id`", "a'b", 'a"b', "a\\b", "*", "~/x y", f"{HEREDOC}", "é", "-n", "%s"]


def run(shell: list[str], script: str, home: Path) -> "subprocess.CompletedProcess[str]":
    env = {"HOME": str(home), "PATH": "/usr/bin:/bin", "TMPDIR": str(home)}
    return subprocess.run([*shell, "-s"], input=script, capture_output=True, text=True, env=env, cwd=home, timeout=60)


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
@pytest.mark.parametrize("value", EVIL)
def test_values_arrive_as_they_are(shell: list[str], value: str, tmp_path: Path) -> None:
    question = Question("provider", variables={"CF_PROVIDER_DROP_IN": f"/nowhere/{value}"})
    ran = run(shell, probe_script([question]), tmp_path)
    snapshot = read_snapshot("m", ran.stdout.splitlines())
    assert snapshot.complete, ran.stderr
    assert list(files_in(snapshot.section("provider"))) == [f"/nowhere/{value}"]
    assert not (tmp_path / "pwned").exists()
    assert list(tmp_path.iterdir()) == [], "the probe must leave nothing behind"


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_files_travel_whole(shell: list[str], tmp_path: Path) -> None:
    content = b"first\n\n%end of nothing\n|bar\nno newline at the end \xc3\xa9"
    (tmp_path / "drop in.conf").write_bytes(content)
    (tmp_path / "drop in.conf").chmod(0o640)
    script = probe_script([Question("provider", variables={"CF_PROVIDER_DROP_IN": "~/drop in.conf"})], timing=True)
    snapshot = read_snapshot("m", run(shell, script, tmp_path).stdout.splitlines())
    (seen,) = files_in(snapshot.section("provider")).values()
    assert (seen.kind, seen.mode, seen.content) == ("regular", "0640", content)
    assert snapshot.section("provider").milliseconds is not None


def test_kinds_of_files_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    for name, kind in [("folder", "directory"), ("link", "link"), ("none", "absent")]:
        script = probe_script([Question("provider", variables={"CF_PROVIDER_DROP_IN": f"~/{name}"})])
        snapshot = read_snapshot("m", run(["dash"], script, tmp_path).stdout.splitlines())
        assert [seen.kind for seen in files_in(snapshot.section("provider")).values()] == [kind]


def test_a_guest_question_without_a_machine_is_absent(tmp_path: Path) -> None:
    snapshot = read_snapshot(
        "m", run(["dash"], probe_script([Question("provider", guest=True)]), tmp_path).stdout.splitlines()
    )
    assert (snapshot.guest, snapshot.complete) == ("absent", True)


def test_every_section_of_the_project_parses_in_every_shell() -> None:
    for name in assets.names("probe", ".sh"):
        for shell in SHELLS:
            subprocess.run([*shell, "-n"], input=assets.text(f"probe/{name}.sh"), text=True, check=True, timeout=10)


def test_the_deadline_ends_the_whole_group(tmp_path: Path) -> None:
    ran = subprocess.run(
        ["perl", "-e", deadline_program(), "1", "/bin/sh", "-c", f"sleep 300 & echo $! >{tmp_path}/pid; sleep 300"],
        timeout=20,
    )
    assert ran.returncode == 124
    stat = Path(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat")
    assert not stat.exists() or " Z " in stat.read_text()


def test_the_deadline_passes_on_status_streams_and_a_missing_program() -> None:
    def ran(*argv: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            ["perl", "-e", deadline_program(), "9", *argv], input="in", capture_output=True, text=True, timeout=20
        )

    assert ran("/bin/sh", "-c", "cat; echo err >&2; exit 7").returncode == 7
    assert ran("cat").stdout == "in"
    assert ran("no-such-program-at-all").returncode == 127
    assert ran("/bin/sh", "-c", "kill -9 $$").returncode == 137


def test_who_lost_its_parent_before_it_began_runs_nothing(tmp_path: Path) -> None:
    """The connection may break while the command is still being started: nobody waits for it then."""
    begin = f"echo $PPID >{tmp_path}/reaper; exec perl -e {shlex.quote(deadline_program())} 60 touch {tmp_path}/ran"
    orphan = f"(sleep 0.3; exec /bin/sh -c {shlex.quote(begin)}) >/dev/null 2>&1 &"
    subprocess.run(["/bin/sh", "-c", orphan], check=True, timeout=10)
    time.sleep(1.5)
    if (tmp_path / "reaper").read_text().strip() != "1":
        pytest.skip("this session has a reaper of its own, a Mac has not")
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_a_probe_nobody_listens_to_leaves_no_files(shell: list[str], tmp_path: Path) -> None:
    """The connection breaks: what the probe prints ends in SIGPIPE."""
    question = Question("provider", variables={"CF_PROVIDER_DROP_IN": "~/x"})
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "TMPDIR": str(tmp_path)}
    run = subprocess.Popen([*shell, "-s"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
    assert run.stdin is not None
    assert run.stdout is not None
    run.stdout.close()
    run.stdin.write(probe_script([question] * 20).encode())
    run.stdin.close()
    run.wait(20)
    assert list(tmp_path.iterdir()) == []
