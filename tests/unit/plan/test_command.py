"""Commands become shell lines in one place: every value survives every shell, and nothing runs without a deadline."""

import base64
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_fleet.plan import guest, mac, render, shell
from carbon_fleet.plan.change import Action, Change, Refusal
from carbon_fleet.plan.command import Where
from carbon_fleet.plan.files import FileWish, file_findings, write_file
from carbon_fleet.snapshot import Hop
from carbon_fleet.snapshot.files import FileSeen

HOP = Hop("/Users/lab/.local/share/containers/podman/machine/machine", 50022)
VALUES = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(VALUES, max_size=4))
def test_every_value_reaches_the_process_as_it_is(values: list[str]) -> None:
    line = render(mac("/usr/bin/perl", "-e", 'print join("\\0", @ARGV)', "--", *values), None)
    ran = subprocess.run(["/bin/sh", "-c", line], capture_output=True, timeout=30, check=True)
    assert ran.stdout == "\0".join(values).encode()


@settings(max_examples=40, deadline=None)
@given(st.lists(VALUES, max_size=4))
def test_every_value_survives_the_hop(values: list[str]) -> None:
    """The last word of the ssh command is what the guest's login shell is given."""
    line = render(guest("/usr/bin/perl", "-e", 'print join("\\0", @ARGV)', "--", *values), HOP)
    words = subprocess.run(
        [
            "/bin/sh",
            "-c",
            f'set -- {line.split(" ssh ", 1)[1]}; printf %s "$6$#"; eval last=\\${{$#}}; exec sh -c "$last"',
        ],
        capture_output=True,
        timeout=30,
    )
    assert words.stdout.endswith("\0".join(values).encode())


def test_a_mac_command_has_path_tmpdir_and_deadline() -> None:
    line = render(mac("brew", "tap", "libkrun/krun", deadline=300, env={"NONINTERACTIVE": "1"}), None, "/opt/homebrew")
    assert "PATH=/opt/homebrew/bin:/opt/homebrew/sbin:/usr/bin:/bin:/usr/sbin:/sbin" in line
    assert "getconf DARWIN_USER_TEMP_DIR" in line
    assert line.endswith(" 300 brew tap libkrun/krun")


def test_a_guest_command_goes_through_one_hop() -> None:
    line = render(guest("systemctl", "daemon-reload"), HOP)
    assert "-p 50022 root@127.0.0.1 '/bin/sh -c " in line
    assert line.endswith(" sh timeout -k 5 60 systemctl daemon-reload'")
    assert "BatchMode=yes" in line


def test_a_guest_command_without_a_way_in_is_refused() -> None:
    with pytest.raises(ValueError, match="no way into"):
        render(guest("true"), None)


def test_a_command_reads_as_a_person_would_type_it() -> None:
    assert str(mac("podman", "machine", "set", "a b", env={"X": "1 2"})) == "X='1 2' podman machine set 'a b'"
    assert str(mac(*shell("set -eu\necho $1", "x"))) == "/bin/sh -c 'set -eu …' sh x"


def run_write(wish: FileWish, home: Path, content: str | None = None) -> "subprocess.CompletedProcess[str]":
    command = write_file(wish, Where.MAC)
    text = command.stdin if content is None else content
    return subprocess.run(
        command.argv,
        input=text,
        text=True,
        capture_output=True,
        env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
        timeout=20,
    )


def test_a_file_is_written_whole_with_its_mode(tmp_path: Path) -> None:
    wish = FileWish("~/a b/it's.conf", "one\ntwo é\n", "0640")
    assert run_write(wish, tmp_path).returncode == 0
    written = tmp_path / "a b" / "it's.conf"
    assert written.read_text() == wish.content
    assert written.stat().st_mode & 0o7777 == 0o640
    assert [path.name for path in written.parent.iterdir()] == ["it's.conf"]


@pytest.mark.parametrize("kept", range(0, 40, 4))
def test_a_partial_file_never_becomes_visible(kept: int, tmp_path: Path) -> None:
    wish = FileWish("~/x.conf", "old and new differ: all or nothing\n")
    (tmp_path / "x.conf").write_text("before")
    whole = base64.b64encode(wish.content.encode()).decode()
    ran = run_write(wish, tmp_path, whole[:kept])
    assert ran.returncode != 0
    assert (tmp_path / "x.conf").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["x.conf"]


def test_only_what_differs_is_named() -> None:
    wish = FileWish("/etc/x", "a", "0644", "root")
    seen = FileSeen("/etc/x", "regular", "0600", "root", "root", b"a")
    (change,) = file_findings("guest.file", wish, seen, Where.GUEST, "because")
    assert isinstance(change, Change)
    assert [(item.name, item.before, item.after) for item in change.attributes] == [("mode", "0600", "0644")]
    assert change.action is Action.UPDATE
    assert (
        file_findings("guest.file", wish, FileSeen("/etc/x", "regular", "0644", "root", "root", b"a"), Where.GUEST, "")
        == ()
    )


@pytest.mark.parametrize("kind", ["link", "directory", "unreadable"])
def test_what_somebody_made_on_purpose_is_not_replaced(kind: str) -> None:
    (refusal,) = file_findings("a", FileWish("/x", ""), FileSeen("/x", kind), Where.MAC, "")
    assert isinstance(refusal, Refusal)
    assert "mv /x" in refusal.remedy
