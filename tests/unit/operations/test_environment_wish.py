"""What `environments:` takes, and the words for what it does not, at their lines."""

from pathlib import Path

import pytest

from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.spec import LabError, load_lab
from operations.environment import Environments
from operations.environment.ready import names
from tests.unit.operations.environment_world import HASH, TEXT

LAB = """lab: lab
defaults:
  user: lab
  environments:
    {}
macs:
  mac-01: {{host: 10.0.0.1}}
"""


def load(folder: Path, said: str) -> Environments:
    (folder / "ml.txt").write_text(TEXT)
    (folder / "loose.txt").write_text("torch\n")
    (folder / "np.txt").write_text(f"numpy==2.0 --hash=sha256:{HASH}\n")
    file = folder / "lab.yml"
    file.write_text(LAB.format(said))
    return load_lab(file, lab_sections()).mac("mac-01").section("environments", Environments)


def test_a_lock_lies_beside_the_lab_file(tmp_path: Path) -> None:
    found = load(tmp_path, 'ml: {python: "3.12", lock: ml.txt, room: 1GiB, imports: [alpha, a.b]}').wished["ml"]
    assert found.lock is not None
    assert (found.lock.content, found.python, found.prove) == (TEXT, "3.12", None)


@pytest.mark.parametrize("name", names())
def test_a_ready_made_one_needs_no_word(tmp_path: Path, name: str) -> None:
    found = load(tmp_path, f"{name}: {{}}").wished[name]
    assert found.lock is not None
    assert found.lock.content
    assert (found.python, found.prove) == ("3.12.16", name.removeprefix("ml-").replace("torch", "mps"))
    assert load(tmp_path, f"{name}: {{prove: none}}").wished[name].prove == "none"


def test_an_inherited_one_is_left_out_by_null(tmp_path: Path) -> None:
    assert load(tmp_path, "ml-torch: null").wished == {}


@pytest.mark.parametrize(
    ("said", "where", "words"),
    [
        ("ml: {}", "lab.yml:5:9", ("`ml` has no lock", "`ml-mlx`", "uv pip compile envs/ml.in --generate-hashes")),
        ("ml: {lock: ml.txt}", "lab.yml:5:", ("`ml` has no Python", 'write `python: "3.12"`')),
        ('ml: {python: "3.12", lock: no.txt}', "lab.yml:5:32", ("`no.txt` cannot be read", "-o no.txt")),
        (
            'ml: {python: "3.12", lock: loose.txt}',
            "lab.yml:5:32",
            ("loose.txt: line 1: `torch` is not pinned", "make it anew: `MACOSX_DEPLOYMENT_TARGET=14.0 uv pip compile"),
        ),
        ('ml-mlx: {python: "3.11"}', "lab.yml:5:22", ("is for Python 3.12.16", "leave `python` out")),
        ("ml: {python: 3.12, lock: ml.txt}", "lab.yml:5:18", ("a number", 'write it in quotes: `python: "3.12"`')),
        ('ml: {python: "3", lock: ml.txt}', "lab.yml:5:18", ("is no version of Python",)),
        ('ml: {python: "3.12", lock: [a]}', "lab.yml:5:32", ("this is no path",)),
        (
            'ml: {python: "3.12", lock: ml.txt, prove: mps}',
            "lab.yml:5:32",
            ("has no torch and no numpy", "prove: none"),
        ),
        ('ml: {python: "3.12", lock: np.txt, prove: numpy}', "lab.yml:5:47", ("`numpy` computes on the CPU",)),
        (
            'ml: {python: "3.12", lock: ml.txt, index: {url: "https://me:pw@x/simple"}}',
            "lab.yml:5:53",
            ("holds a login",),
        ),
        (
            'ml: {python: "3.12", lock: ml.txt, index: {url: "https://x/simple", user: me}}',
            "lab.yml:5:",
            ("`user` without `password`",),
        ),
        (
            'ml: {python: "3.12", lock: ml.txt, index: {url: "https://x/simple", user: me, password: pw}}',
            "lab.yml:5:",
            ("`pw`, is a generated one", "source: env"),
        ),
    ],
)
def test_a_mistake_is_named_at_its_line(tmp_path: Path, said: str, where: str, words: tuple[str, ...]) -> None:
    with pytest.raises(LabError) as found:
        load(tmp_path, said)
    told = str(found.value)
    assert where in told
    assert all(word in told for word in words), told
