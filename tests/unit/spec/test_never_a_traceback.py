"""Whatever text a lab file holds: a Lab or a LabError, never anything else."""

import json
import math
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import example, given, settings
from hypothesis import strategies as st

from carbon_fleet.spec import Lab, LabError, lab_from_text, load_lab
from carbon_fleet.spec.parse import parse
from carbon_fleet.spec.tree import plain
from carbon_fleet.spec.writing import leaf_lines, wish_yaml
from tests.unit.spec.models import GOOD, SECTIONS, load

FULL = (
    GOOD
    + """\
  mac-03:
    host: h3
    key: ~/.ssh/id
    accept_software_gpu: true
    stacks:
      web: {image: "x", ports: [80, 443], environment: {LANG: C}, mode: "0644", load: 1.5, tags: [a]}
    homebrew:
      formulae: {podman: ">=5.6,<7", krunkit: null}
"""
)
WORDS = st.sampled_from(
    ["lab", "macs", "defaults", "groups", "host", "user", "machine", "stacks", "cpus", "memory", "canary", "8GiB", "8",
     "no", "~", "null", "0644", "1.20", "&a", "*a", "<<", "!!str", "[", "]", "{", "}", ": ", ", ", "- ", "\n", "\n  ",
     "\n    ", "\t", "'", '"', "#", "|", ">", "---\n",
     "...\n", "%", "@", "?", "\ufeff", "\0", "é", "\\", "1e999", "-", "\r"]
)  # fmt: skip
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), WORDS)
KEYS = st.one_of(WORDS, st.text(max_size=5))
TREES = st.recursive(
    SCALARS, lambda each: st.lists(each, max_size=3) | st.dictionaries(KEYS, each, max_size=3), max_leaves=12
)


def outcome(text: str) -> None:
    """Load the text: a Lab, or errors that each say something at a place inside the text."""
    try:
        lab: Lab | LabError = lab_from_text(text, SECTIONS)
    except LabError as error:
        lab = error
    if isinstance(lab, LabError):
        judge(lab, sum(text.count(end) for end in "\n\r\x85\u2028\u2029") + 1)


def judge(error: LabError, lines: int) -> None:
    assert error.errors
    assert list(error.errors) == sorted(error.errors)
    for fault in error.errors:
        assert fault.what
        assert 1 <= fault.line <= lines + 1
        assert fault.column >= 1
        assert "\n" not in str(fault)


@settings(max_examples=300, deadline=None)
@given(st.text())
def test_any_text(text: str) -> None:
    outcome(text)


@settings(max_examples=500, deadline=None)
@given(st.lists(WORDS, max_size=30).map("".join))
@example("- ? |\n")
def test_any_run_of_yaml_words(text: str) -> None:
    outcome(text)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, len(FULL)), st.integers(0, 12), WORDS)
def test_any_cut_and_insertion_in_a_good_lab(place: int, cut: int, word: str) -> None:
    outcome(FULL[:place] + word + FULL[place + cut :])


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from([line for line in FULL.splitlines() if line]), st.integers(0, 6)), max_size=20)
)
def test_any_order_and_indent_of_a_good_labs_lines(lines: list[tuple[str, int]]) -> None:
    outcome("\n".join(" " * indent + line.strip() for line, indent in lines))


@settings(max_examples=500, deadline=None)
@given(
    TREES, st.sampled_from(["defaults", "groups", "macs", "machine", "stacks", "homebrew", "host", "groups", "port"])
)
def test_any_value_at_any_key(tree: object, key: str) -> None:
    value = json.dumps(tree)  # NaN and Infinity are written as words
    outcome(f"lab: x\n{key}: {value}\n")
    outcome(f"lab: x\nmacs:\n  m:\n    host: local\n    {key}: {value}\n")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(0, len(FULL)))
def test_any_bytes(content: bytes, place: int) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "lab.yml"
        file.write_bytes(FULL.encode()[:place] + content + FULL.encode()[place:])
        with suppress(LabError):
            assert load_lab(file, SECTIONS).macs


@settings(max_examples=300, deadline=None)
@given(TREES.filter(lambda tree: "'<<'" not in repr(tree)).map(lambda tree: {"value": tree}))
def test_written_wishes_read_back(wish: dict[str, object]) -> None:
    def same(value: object) -> object:
        if isinstance(value, dict):
            return {key: same(each) for key, each in value.items()}
        if isinstance(value, list):
            return [same(each) for each in value]
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**18:
            return 0
        return 0.5 if isinstance(value, float) and not math.isfinite(value) else value

    clean = {"value": same(wish["value"])}
    text = wish_yaml(clean)
    root, faults = parse(text, "wish")
    assert root is not None
    assert not faults
    assert plain(root) == clean
    assert len({line for line, _ in leaf_lines(text)}) == len(list(leaf_lines(text)))


def test_the_lab_the_mutations_start_from_is_good() -> None:
    assert load(FULL).mac("mac-03").accept_software_gpu
