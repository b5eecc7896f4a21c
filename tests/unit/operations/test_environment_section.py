"""files/probe/environment.sh for real, under every kind of sh, over folders as uv makes them."""

from pathlib import Path

import pytest

from carbon_fleet.snapshot import Section, Unreadable
from operations.environment import EnvironmentsSeen, read
from operations.environment.seen import SlotSeen
from tests.unit.operations.run_section import SHELLS, run_section

OURS = ".local/share/carbon-fleet"


def slot(home: Path, name: str) -> Path:
    """One as `uv venv` and `uv pip sync` leave it."""
    base = home / OURS / "python/cpython-3.12.16-macos-aarch64-none"
    (base / "bin").mkdir(parents=True, exist_ok=True)
    (base / "bin/python3.12").touch()
    (base / "bin/python3.12").chmod(0o755)
    minor = base.with_name("cpython-3.12-macos-aarch64-none")
    if not minor.is_symlink():
        minor.symlink_to(base)
    path = home / OURS / "environments/.made" / name
    (path / "bin").mkdir(parents=True)
    (path / "bin/python").symlink_to(minor / "bin/python3.12")
    packages = path / "lib/python3.12/site-packages"
    for folder in ("alpha-1.0.dist-info", "beta_kit-2.0.dist-info", "alpha", "old-1.egg-info", "odd-x_y.dist-info"):
        (packages / folder).mkdir(parents=True)
    (path / "pyvenv.cfg").write_text(f"home = {minor}/bin\nimplementation = CPython\nversion_info = 3.12.16\n")
    (path / "carbon-fleet.note").write_text("abc 3.12\n")
    return path


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
def test_what_lies_there_is_told(tmp_path: Path, shell: tuple[str, ...]) -> None:
    assert read(run_section(shell, "environment", {}, home=tmp_path)) == EnvironmentsSeen()
    slot(tmp_path, "ml.a")
    folder = tmp_path / OURS / "environments"
    (folder / "ml").symlink_to(".made/ml.a")
    (folder / ".made/ml.b").mkdir()
    (folder / "theirs").mkdir()
    (folder / "elsewhere").symlink_to("/opt/theirs")
    base = str((tmp_path / OURS / "python/cpython-3.12.16-macos-aarch64-none/bin").resolve())
    packages = (("alpha", "1.0"), ("beta-kit", "2.0"), ("odd", "x_y"), ("old", "1"))
    assert read(run_section(shell, "environment", {}, home=tmp_path)) == EnvironmentsSeen(
        {"ml": "ml.a", "elsewhere": "/opt/theirs"},
        frozenset({"theirs"}),
        {"ml.a": SlotSeen("abc", "3.12", "3.12.16", True, base, packages), "ml.b": SlotSeen()},
        ("cpython-3.12.16-macos-aarch64-none",),
    )


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
def test_a_python_that_is_gone_is_seen(tmp_path: Path, shell: tuple[str, ...]) -> None:
    slot(tmp_path, "ml.a")
    (tmp_path / OURS / "python/cpython-3.12.16-macos-aarch64-none/bin/python3.12").unlink()
    assert not read(run_section(shell, "environment", {}, home=tmp_path)).slots["ml.a"].runs


def test_an_answer_that_was_cut_off_is_not_guessed() -> None:
    with pytest.raises(Unreadable):
        read(Section("environment", facts={"slot": ("ml.a",)}))
