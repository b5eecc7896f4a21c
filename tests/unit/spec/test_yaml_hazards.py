"""Whatever YAML can do to a lab file: a right answer, or an error at its place."""

from pathlib import Path

import pytest

from carbon_fleet.spec import LabError, LabFault, load_lab
from tests.unit.spec.models import GOOD, SECTIONS, Stack, Stacks, fault, faults, load, machine, one_mac


def stack(wish: str) -> Stack:
    """The stack `a` of a lab of one Mac, with these lines in it."""
    stacks = load(one_mac("stacks:\n  a:\n    " + wish.replace("\n", "\n    "))).mac("mac-01").section("stacks", Stacks)
    assert isinstance(stacks.root, dict)
    return stacks.root["a"]


def file_fault(path: Path) -> LabFault:
    with pytest.raises(LabError) as raised:
        load_lab(path, SECTIONS)
    (found,) = raised.value.errors
    return found


def test_duplicate_keys_name_both_lines() -> None:
    found = fault(one_mac("machine: {cpus: 2,\n  cpus: 3}"))
    assert (found.line, found.column, found.path) == (7, 7, "machine.cpus")
    assert "twice, the first time on line 6" in found.what


def test_duplicate_macs_and_top_keys_are_named() -> None:
    lines = [(each.line, each.what) for each in faults(GOOD + "  mac-01: {host: 10.0.0.3}\nlab: again\n")]
    assert [line for line, _ in lines] == [12, 13]
    assert all("twice" in what for _, what in lines)


@pytest.mark.parametrize("word", ["no", "on", "yes", "off", "1_000", "22:22", "2026-01-01", "0x1F", "=", "Norway"])
def test_norway_is_a_country(word: str) -> None:
    assert stack(f"image: {word}").image == word


@pytest.mark.parametrize(
    ("word", "write"),
    [
        ("yes", "`true`"),
        ("on", "`true`"),
        ("no", "`false`"),
        ("off", "`false`"),
        ("1", "`true`"),
        ("maybe", "`true` or"),
    ],
)
def test_a_truth_in_another_dress_is_told_the_right_word(word: str, write: str) -> None:
    found = fault(one_mac(f"machine: {{rootful: {word}}}"))
    assert (found.line, found.column, found.path) == (6, 24, "machine.rootful")
    assert write in found.write


@pytest.mark.parametrize(
    ("word", "write"),
    [("1.20", '`"1.20"`'), ("0644", '`"0644"`'), ("true", '`"true"`'), ("12", '`"12"`'), ("1e3", '`"1e3"`')],
)
def test_text_that_yaml_takes_for_something_else_is_told_to_quote(word: str, write: str) -> None:
    found = fault(one_mac(f"stacks: {{a: {{image: {word}}}}}"))
    assert (found.path, found.line, found.column) == ("stacks.a.image", 6, 25)
    assert write in found.write


@pytest.mark.parametrize(
    ("word", "part"),
    [("1_000", "`1000`"), ("22:22", "whole number"), ("4.0", "`4`"), ('"4"', "`4`"), ("true", "whole")],
)
def test_a_whole_number_in_another_dress(word: str, part: str) -> None:
    assert part in fault(one_mac(f"machine: {{cpus: {word}}}")).write


@pytest.mark.parametrize("word", ["644", "0644", "0o644"])
def test_an_unquoted_mode_is_refused(word: str) -> None:
    found = fault(one_mac(f"stacks: {{a: {{image: x, mode: {word}}}}}"))
    assert found.path == "stacks.a.mode"
    assert "0644" in found.write


def test_a_version_that_lost_its_zero_is_refused() -> None:
    found = fault(one_mac("homebrew: {formulae: {podman: 1.20}}"))
    assert found.path == "homebrew.formulae.podman"
    assert found.write == 'write `"1.20"`'


def test_aliases_anchors_and_merge_keys_are_refused() -> None:
    found = faults(one_mac("machine: &all {cpus: 2}\nstacks: *all\nhomebrew: {<<: *all}"))
    assert [(each.line, each.what.split("`")[1]) for each in found] == [
        (6, "&all"),
        (7, "*all"),
        (8, "<<"),
        (8, "*all"),
    ]
    assert any("`groups`" in each.write for each in found)


def test_an_alias_bomb_is_refused_at_once() -> None:
    layers = "".join(f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(20))
    found = faults(f"a: &a [x]\n{layers}")
    assert all(each.line for each in found)


@pytest.mark.parametrize("tag", ["!!python/object:os.system", "!!str", "!!binary", "!own", "!<tag:x,2026:y>", "!"])
def test_tags_are_refused(tag: str) -> None:
    found = fault(one_mac(f"stacks: {{a: {{image: {tag} x}}}}"))
    assert "is a tag" in found.what
    assert "tag" in fault(one_mac(f"machine: {tag} {{cpus: 2}}")).what


def test_tabs_are_named() -> None:
    found = fault("lab: x\nmacs:\n\tmac-01: {host: local}\n")
    assert (found.line, found.column) == (3, 1)
    assert "tab" in found.what


@pytest.mark.parametrize(
    ("text", "line", "part"),
    [
        ("lab: [x\nmacs: {}", 2, "not YAML"),
        ("lab: 'x", 1, "not YAML"),
        ("lab: x: y", 1, "not YAML"),
        ("lab: @x", 1, "cannot start with `@`"),
        ("lab: %x", 1, "cannot start with `%`"),
        ("lab: x\n  macs: y\n z: q", 2, "not YAML"),
        ("!foo!bar x", 1, "not YAML"),
        ('lab: "\\q"', 1, "not YAML"),
        ("%YAML 3.0\n---\nlab: x", 1, "not YAML"),
        ("lab: x\n---\nlab: y", 2, "second document"),
        ("lab: x\n...\nlab: y", 3, "not YAML"),
    ],
)
def test_what_cannot_be_read_on_is_one_error_at_its_place(text: str, line: int, part: str) -> None:
    found = faults(text)
    assert found[-1].line == line
    assert part in found[-1].what


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "null", "~"])
def test_an_empty_file_says_how_to_start(text: str) -> None:
    found = fault(text)
    assert (found.line, found.column) == (1, 1)
    assert "lab.example.yml" in found.write


@pytest.mark.parametrize("text", ["[]", "- a\n- b", "word", "12", '"x"'])
def test_a_file_that_is_no_map(text: str) -> None:
    assert "a lab file is a map" in fault(text).what


@pytest.mark.parametrize("key", ["1", "true", "1.5", "null", "~"])
def test_a_key_that_is_no_text_is_told_to_quote(key: str) -> None:
    found = fault(GOOD + f"  {key}: {{host: 10.0.0.9}}\n")
    assert (found.line, found.column) == (12, 3)
    assert f'"{key}"' in found.write


def test_keys_that_are_empty_or_no_words() -> None:
    assert "a key is empty" in fault(GOOD + "  ?\n  : {host: 10.0.0.9}\n").what
    assert "list or a map" in fault(GOOD + "  ? {a: b}\n  : {host: 10.0.0.9}\n").what
    assert "list or a map" in fault(GOOD + "  ? [a]\n  : {host: 10.0.0.9}\n").what


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? "])
@pytest.mark.timeout(20)
def test_deep_nesting_is_one_error(opening: str) -> None:
    assert "deep" in faults(opening * 100_000)[-1].what


@pytest.mark.timeout(60)
def test_too_many_values_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carbon_fleet.spec.parse.VALUES", 1000)
    assert "more than 1000 values" in faults("[" + "a," * 2000 + "]")[-1].what


@pytest.mark.parametrize("character", ["\0", "\x1b", "\x7f", "\x80", "\ufffe", "\ud800"])
def test_characters_yaml_forbids_are_named_at_their_place(character: str) -> None:
    found = fault(f"lab: x\nmacs: {character}")
    assert (found.line, found.column) == (2, 7)
    assert f"U+{ord(character):04X}" in found.what


def test_escaped_control_characters_do_not_reach_the_terminal() -> None:
    found = fault(one_mac('stacks: {"\\e[31m": {image: x}}'))
    assert "\x1b" not in str(found)
    assert "\\u001b" in str(found)


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "lab.yml"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.encode())
    assert machine(load_lab(file, SECTIONS)).memory.gib == 16
    assert load("\ufeff" + GOOD).name == "brisbane"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_other_encodings_are_named(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "lab.yml"
    file.write_bytes(
        ("\ufeff" if encoding == "utf-16-le" else "").encode(encoding) + "lab: x # Brücke\n".encode(encoding)
    )
    found = file_fault(file)
    assert "UTF-8" in found.write
    assert found.line == 1


def test_a_bad_byte_is_placed(tmp_path: Path) -> None:
    file = tmp_path / "lab.yml"
    file.write_bytes("lab: ü\nmac".encode() + b"\xff")
    found = file_fault(file)
    assert (found.line, found.column) == (2, 4)
    assert "0xff" in found.what


def test_files_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "folder" in file_fault(tmp_path).what
    missing = file_fault(tmp_path / "none.yml")
    assert "no such file" in missing.what
    assert str(missing).startswith(f"{tmp_path}/none.yml: ")
    assert "cannot be read" in file_fault(tmp_path / "a\0b").what
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    assert "cannot be read" in file_fault(loop).what
    monkeypatch.setattr("carbon_fleet.spec.document.LIMIT", 2**20)
    huge = tmp_path / "huge.yml"
    huge.write_bytes(b"#" * (2**20 + 1))
    assert "larger than 1 MiB" in file_fault(huge).what


def test_windows_line_ends_are_fine() -> None:
    assert load(GOOD.replace("\n", "\r\n")) == load(GOOD)
