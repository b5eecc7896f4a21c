"""The record of what was last applied to a Mac: written, read back, and never taken for more than it says."""

import base64
import json
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from carbon_fleet.assets import root
from carbon_fleet.plan.applied import Applied, part_of, parts, read, versions, write
from carbon_fleet.plan.registry import lab_sections, resources_of
from carbon_fleet.snapshot import Block, Section, Snapshot, Unreadable
from carbon_fleet.spec import Lab, Mac, lab_from_text, load_lab
from tests.unit.operations.run_section import SHELLS, program, run_section

MAC = Mac("mac-01", lab="brisbane")
APPLIED = Applied(
    "20261121T153317Z-3fa9c1",
    "2026-11-21T15:33:17+00:00",
    "lee@desk",
    "5" * 64,
    None,
    "0.1.0",
    {"power": "0123456789abcdef", "stack.a.b": "f" * 16},
    {"macos": "26.1 (25B78)"},
)
LAB = """\
lab: brisbane
defaults: {user: lab}
macs:
  mac-01: {host: 10.0.0.1, WISH}
"""


def lab(wish: str) -> Lab:
    return lab_from_text(LAB.replace("WISH", wish), lab_sections())


def of(wish: str) -> dict[str, str]:
    return parts(lab(wish).mac("mac-01"))


def written(home: Path, applied: Applied = APPLIED) -> Path:
    """The record as the command's own script writes it, here."""
    command = write(applied, MAC)
    subprocess.run(command.argv, input=command.stdin, text=True, env={"HOME": str(home), "PATH": "/usr/bin:/bin"},
                   check=True, timeout=30)  # fmt: skip
    return home / ".local/state/carbon-fleet/applied-brisbane.json"


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_what_is_written_is_read_back_by_the_probe(shell: tuple[str, ...], tmp_path: Path) -> None:
    path = written(tmp_path)
    assert path.stat().st_mode & 0o777 == 0o600
    programs = tmp_path / "bin"
    programs.mkdir()
    program(
        programs,
        "sw_vers",
        "printf 'ProductName:\\t\\tmacOS\\nProductVersion:\\t\\t26.1\\nBuildVersion:\\t\\t25B78\\n'",
    )
    section = run_section(shell, "record", {"CF_RECORD_LAB": "brisbane"}, home=tmp_path, programs=programs)
    assert read(section) == APPLIED
    assert versions(Snapshot("mac-01", {"record": section})) == {"macos": "26.1 (25B78)"}


def test_without_a_record_there_is_none(tmp_path: Path) -> None:
    section = run_section(SHELLS[0], "record", {"CF_RECORD_LAB": "brisbane"}, home=tmp_path)
    assert read(section) is None
    assert versions(Snapshot("mac-01", {"record": section})) == {}, "no sw_vers here, and nothing claimed"


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_what_is_no_record_is_unreadable(shell: tuple[str, ...], tmp_path: Path) -> None:
    path = written(tmp_path)
    path.write_bytes(b"x" * 1_048_577)
    section = run_section(shell, "record", {"CF_RECORD_LAB": "brisbane"}, home=tmp_path)
    with pytest.raises(Unreadable, match="larger than any record"):
        read(section)
    path.unlink()
    path.symlink_to("/etc/passwd")
    with pytest.raises(Unreadable, match="is a link"):
        read(run_section(shell, "record", {"CF_RECORD_LAB": "brisbane"}, home=tmp_path))


def section(content: bytes) -> Section:
    lines = tuple(base64.encodebytes(content).decode().splitlines())
    return Section("record", 0, {"file": ("regular 0600 lab staff /x",)}, {"file /x": Block("file /x", 0, lines)})


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"format_version": 2}', b'{"format_version": 1, "run": 1}',
     json.dumps({**json.loads(json.dumps(APPLIED.__dict__)), "format_version": 1, "parts": []}).encode()],
)  # fmt: skip
def test_nonsense_is_unreadable_and_nothing_worse(content: bytes) -> None:
    with pytest.raises(Unreadable, match="not a record of this version"):
        read(section(content))


def test_writing_cut_off_leaves_the_record_as_it_was(tmp_path: Path) -> None:
    path = written(tmp_path)
    before = path.read_bytes()
    command = write(replace(APPLIED, run="another"), MAC)
    half = (command.stdin or "")[: len(command.stdin or "") // 2 // 4 * 4]
    env = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    ran = subprocess.run(command.argv, input=half, text=True, env=env, capture_output=True, timeout=30)
    assert ran.returncode == 75
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name], "nothing is left beside it"


def test_who_wrote_it_and_when_does_not_make_it_another() -> None:
    assert replace(APPLIED, run="r", when="w", by="b").says(APPLIED)
    assert not replace(APPLIED, versions={}).says(APPLIED)
    assert not APPLIED.says(None)


def test_no_word_of_it_is_in_an_argument() -> None:
    assert "0123456789abcdef" not in " ".join(write(APPLIED, MAC).argv)


def test_a_part_changes_with_its_own_wish_only() -> None:
    one, other = of("stacks: [vulkan-check]"), of("stacks: [vulkan-check, carbon-tools]")
    moved = {part for part in {*one, *other} if one.get(part) != other.get(part)}
    assert "stack" in moved
    assert "stack.vulkan-check.vulkan-check" not in moved
    assert any(part.startswith("stack.carbon-tools.") for part in moved)


def test_what_another_section_makes_of_a_part_counts() -> None:
    one, other = of("stacks: [vulkan-check]"), of("stacks: [vulkan-check], accept_software_gpu: true")
    assert one["image.vulkan-check"] != other["image.vulkan-check"]
    assert one["stack.vulkan-check.vulkan-check"] != other["stack.vulkan-check.vulkan-check"]
    assert one["stack"] == other["stack"]


@pytest.mark.parametrize(
    ("wish", "part"),
    [
        ("machine: {memory: 4GiB}", "machine"),
        ("power: {sleep: never}", "power"),
        ("homebrew: {formulae: {podman: {pin: true}}}", "homebrew.formula.podman"),
        ("guest: {files: {/etc/x: {content: a}}}", "guest.file./etc/x"),
        ("guest: {units: {a.service: {enabled: true}}}", "guest.unit.a.service"),
    ],
)
def test_every_wish_is_in_a_part(wish: str, part: str) -> None:
    assert of("port: 22").get(part) != of(wish)[part]


def test_every_resource_has_a_part_and_all_are_texts_of_one_length() -> None:
    example = load_lab(root() / "inventories/lab.example.yml", lab_sections())
    for mac in example.macs.values():
        found = parts(mac)
        assert {resource.name for resource in resources_of(mac)} <= set(found)
        assert {len(digest) for digest in found.values()} == {16}


def test_the_narrowest_part_is_found() -> None:
    known = ["guest", "guest.file./etc/a.conf", "guest.file./etc/a", "stack", "stack.a"]
    assert part_of("guest.file./etc/a.conf", known) == "guest.file./etc/a.conf"
    assert part_of("stack.a.b", known) == "stack.a"
    assert part_of("stack.b.b", known) == "stack"
    assert part_of("power.ac", known) == "power"


def test_the_record_counts_in_no_digest() -> None:
    one = Snapshot("m", {"power": Section("power")})
    other = Snapshot("m", {"power": Section("power"), "record": section(b"x")})
    assert (one.digest, one.digests, one.marks) == (other.digest, other.digests, other.marks)
