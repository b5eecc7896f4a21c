"""The journal of what was there before: read, written, never written over; and its last two scripts for real."""

import base64
import json
import os
import subprocess
from pathlib import Path

import pytest

from carbon_fleet import assets
from carbon_fleet.plan import Action, Change, Where, found
from carbon_fleet.plan.files import file_back, file_told
from carbon_fleet.plan.found import Found
from carbon_fleet.plan.registry import lab_sections, probe_for
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot, Unreadable
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec import lab_from_text
from tests.unit.operations.run_section import SHELLS, run_section

MAC = lab_from_text("lab: x\ndefaults: {user: lab}\nmacs:\n  m: {host: h}\n", lab_sections()).mac("m")
OLD = Found("run-1", "then", "absent", {"a": None, "b": 1}, {"~/x": False, "~/y/": True})
each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))


def section(content: bytes, path: str = "/Users/lab/.local/state/carbon-fleet/found-x.json") -> Section:
    lines = tuple(base64.encodebytes(content).decode().splitlines())
    blocks = {f"file {path}": Block(f"file {path}", 0, lines)}
    return Section("record", 0, {"file": (f"regular 0600 lab staff {path}",)}, blocks)


def test_what_is_written_is_read() -> None:
    command = found.write(OLD, MAC)
    assert found.read(section(base64.b64decode(command.stdin or ""))) == OLD
    assert command.argv[4:6] == ("~/.local/state/carbon-fleet/found-x.json", "0600")


def test_a_record_beside_it_is_no_journal() -> None:
    assert found.read(section(b"{}", "/Users/lab/.local/state/carbon-fleet/applied-x.json")) is None
    assert found.read(Section("record", 0, {"file": ("absent /a/found-x.json",)})) is None


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b'{"format_version": 2}', b"\xff"])
def test_what_is_no_journal_is_unreadable(content: bytes) -> None:
    with pytest.raises(Unreadable, match="is not a journal of this version"):
        found.read(section(content))


def test_one_too_large_to_be_one_is_not_taken_for_none() -> None:
    with pytest.raises(Unreadable, match="larger than any journal"):
        found.read(Section("record", 0, {"big": ("/s/found-x.json",)}))


def test_what_is_noted_is_never_written_over() -> None:
    later = Found("run-2", "now", "reached", {"a": 2, "c": 3}, {"~/x": True, "~/z": False})
    assert OLD.over(later) == Found(
        "run-1", "then", "absent", {"a": None, "b": 1, "c": 3}, {"~/x": False, "~/y/": True, "~/z": False}
    )


def test_a_look_tells_of_places_and_leaves_out_what_it_could_not_read() -> None:
    absent = "~/.config/containers"
    snapshot = Snapshot("m", {"record": Section("record", 0, {"absent": (absent, "~/.homebrew")})}, Guest.ABSENT)
    seen = found.seen_by(MAC, snapshot, "run", "now")
    assert (seen.before, seen.guest) == ({}, "absent")
    assert {place for place, was in seen.places.items() if not was} == {absent, "~/.homebrew"}
    assert "~/.local" in seen.places and "~/Library" in seen.places  # noqa: PT018
    assert all(place.startswith("~/") for place in seen.places)


@each_shell
def test_the_section_for_real(tmp_path: Path, shell: tuple[str, ...]) -> None:
    assert "CF_RECORD_PLACES" in probe_for(MAC)
    (tmp_path / "there").mkdir()
    (tmp_path / "dangling").symlink_to("nowhere")
    places = "~/there/below/file\n~/dangling\n~/gone/folder/"
    seen = run_section(shell, "record", {"CF_RECORD_LAB": "x", "CF_RECORD_PLACES": places}, home=tmp_path)
    assert seen.all("absent") == ("~/there/below/file", "~/there/below", "~/gone/folder", "~/gone")


def test_a_file_goes_back() -> None:
    absent, there = FileSeen("/a"), FileSeen("/a", "regular", "0640", "lab", "staff", b"old\n")
    other = FileSeen("/a", "regular", "0644", "lab", "staff", b"new\n")
    (gone,) = file_back("x", other, file_told(absent), Where.GUEST)
    assert (gone.action, gone.commands[0].argv, gone.commands[0].where) == (Action.DELETE, ("rm", "-f", "/a"), "guest")
    (back,) = file_back("x", other, file_told(there), Where.MAC)
    assert base64.b64decode(back.commands[0].stdin or "") == b"old\n"
    assert back.commands[0].argv[5] == "0640"
    for seen, told in (
        (there, file_told(there)),
        (absent, file_told(absent)),
        (other, None),
        (FileSeen("/a", "link"), 1),
    ):
        assert list(file_back("x", seen, told, Where.MAC)) == []


def ran(shell: tuple[str, ...], name: str, home: Path, *words: str, path: str = os.defpath) -> None:
    argv = [*shell[:-1], "-c", assets.text(f"destroy/{name}.sh"), "sh", *words]
    env = {"HOME": str(home), "PATH": path}
    done = subprocess.run(argv, env=env, text=True, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def paths(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*"))


def lay(home: Path, *names: str) -> None:
    for name in names:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x")


@each_shell
def test_traces_go_and_what_somebody_keeps_stays(tmp_path: Path, shell: tuple[str, ...]) -> None:
    lay(tmp_path, "a/b/ours", "a/tree/deep/file", "c/theirs")
    (tmp_path / "c/ours").symlink_to("theirs")
    gone = ("~/a", "~/a/b", "~/a/b/ours", "~/a/tree/", "~/c", "~/c/ours", "~/never")
    journal = Found(places={**dict.fromkeys(gone, False), "~/was": True})
    change: Change = found.traces(journal, MAC)
    ran(shell, "traces", tmp_path, *change.commands[0].argv[4:])
    assert paths(tmp_path) == ["c", "c/theirs"]
    ran(shell, "traces", tmp_path, *change.commands[0].argv[4:])


@each_shell
def test_what_all_machines_share_stays_while_there_is_one(tmp_path: Path, shell: tuple[str, ...]) -> None:
    key, connections = ".local/share/containers/podman/machine/machine", ".config/containers/podman-connections.json"
    theirs = ".config/containers/podman/machine/libkrun/theirs.json"
    lay(tmp_path, key, connections, theirs)
    ran(shell, "traces", tmp_path, f"~/{key}", f"~/{connections}")
    assert {key, connections} <= set(paths(tmp_path))
    (tmp_path / theirs).unlink()
    (tmp_path / connections).write_text('{"Connection":{"Connections":{"far":{"URI":"ssh://x"}}}}')
    ran(shell, "traces", tmp_path, f"~/{key}", f"~/{connections}")
    assert (tmp_path / connections).exists()
    assert not (tmp_path / key).exists()


@each_shell
def test_the_journal_goes_last_and_other_labs_notes_stay(tmp_path: Path, shell: tuple[str, ...]) -> None:
    folder = ".local/state/carbon-fleet"
    ours = [f"{folder}/{name}" for name in ("applied-x.json", "found-x.json", "lock.guard", "lock.left")]
    lay(tmp_path, *ours, f"{folder}/found-y.json")
    words = found.farewell(
        Found(places=dict.fromkeys(("~/.local", "~/.local/state", f"~/{folder}", "~/x"), False)), MAC
    )
    assert words.argv[4:] == ("x", f"~/{folder}", "~/.local/state", "~/.local")
    ran(shell, "farewell", tmp_path, *words.argv[4:])
    assert [name for name in paths(tmp_path) if name.endswith((".json", ".guard"))] == [
        f"{folder}/found-y.json",
        f"{folder}/lock.guard",
    ]
    (tmp_path / folder / "found-y.json").unlink()
    ran(shell, "farewell", tmp_path, *words.argv[4:])
    assert paths(tmp_path) == []


def test_the_journal_is_plain_json() -> None:
    text = base64.b64decode(found.write(OLD, MAC).stdin or "").decode()
    assert json.loads(text)["before"] == {"a": None, "b": 1}


@each_shell
def test_what_runtimes_hold_that_the_lab_file_has_no_more_is_no_trace(tmp_path: Path, shell: tuple[str, ...]) -> None:
    """Nobody consented to the loss of volumes of an engine that is still there, or of programs that had them."""
    disk, native = "Library/Containers/com.docker.docker/", ".local/share/carbon-fleet/native/"
    apple, bin_ = "Library/Application Support/com.apple.container/", tmp_path / "bin"
    every = (disk, native, apple)
    lay(tmp_path, *(f"{folder}volumes/data" for folder in every), "Applications/Docker.app/x", "bin/container")
    (bin_ / "container").chmod(0o755)
    words = tuple(f"~/{folder}" for folder in every)
    ran(shell, "traces", tmp_path, *words, path=f"{bin_}:{os.defpath}")
    assert all((tmp_path / folder / "volumes/data").exists() for folder in every)
    (tmp_path / "Applications/Docker.app/x").unlink()
    (tmp_path / "Applications/Docker.app").rmdir()
    (tmp_path / native / "volumes/data").unlink()
    (tmp_path / native / "volumes").rmdir()
    ran(shell, "traces", tmp_path, *words)
    assert not any((tmp_path / folder).exists() for folder in every)
