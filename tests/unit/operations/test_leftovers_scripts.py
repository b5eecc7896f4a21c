"""What takes away what is left of a runtime, for real, under every kind of sh: also where the tool itself is gone."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet import assets
from carbon_fleet.plan import Change, Command
from operations import apple_container, docker
from operations.native.kept import STORE
from tests.unit.operations.run_section import SHELLS, program
from tests.unit.operations.test_leftovers import APPLE, DATA, DOCKER, findings

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
PLIST = "Library/LaunchAgents/io.carbon-fleet.container.shop-web.plist"


def lay(home: Path, *names: str) -> None:
    for name in names:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("x")


def run(shell: tuple[str, ...], home: Path, command: Command, *words: str) -> None:
    """The command's script as it is sent, with its own words unless others are said."""
    (home / "bin").mkdir(exist_ok=True)
    for name in ("launchctl", "uname"):
        program(home / "bin", name, "exit 113")
    env = {"HOME": str(home), "PATH": f"{home}/bin:{os.defpath}", "TMPDIR": str(home)}
    argv = [*shell[:-1], "-c", command.argv[2], "sh", *(words or command.argv[4:])]
    ran = subprocess.run(argv, env=env, text=True, capture_output=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr


def files(home: Path) -> list[str]:
    return sorted(str(path.relative_to(home)) for path in home.rglob("*") if path.is_file() and "bin" not in path.parts)


@each_shell
def test_files_go_where_the_application_is_gone(shell: tuple[str, ...], tmp_path: Path) -> None:
    lay(tmp_path, *(f".config/carbon-fleet/docker/{name}" for name in ("shop/compose.yaml", "cli/config.json")))
    lay(tmp_path, ".config/carbon-fleet/apple-container/shop/containers.json", PLIST, "theirs")
    off: dict[str, Any] = {"running": False, "containers": {}, "images": (), "volumes": {}}
    docks, tools = replace(DOCKER, app="", **off), replace(APPLE, cli="", **off)
    for found in (findings(docker, docks, DATA), findings(apple_container, tools, DATA)):
        for change in found:
            assert isinstance(change, Change)
            for command in change.commands:
                run(shell, tmp_path, command)
    assert files(tmp_path) == ["theirs"]
    assert not (tmp_path / ".config/carbon-fleet").exists()


@each_shell
def test_the_last_model_takes_its_folder_along(shell: tuple[str, ...], tmp_path: Path) -> None:
    names = [f"models/{digit * 64}{end}" for digit in "ab" for end in ("", ".checked")]
    lay(tmp_path, *names)
    for left, digit in ((names[2:], "a"), ([], "b")):
        run(shell, tmp_path, replace(STORE, folder="models").forget(digit * 64))
        assert files(tmp_path) == left
    assert not (tmp_path / "models").exists()


@each_shell
def test_destroy_leaves_the_secrets_there_while_another_lab_has_any(shell: tuple[str, ...], tmp_path: Path) -> None:
    """A generated one is nowhere else: with it a password would be lost that is in that lab's data."""
    folder, state = ".config/carbon-fleet/secrets/", ".local/state/carbon-fleet"
    lay(tmp_path, f"{folder}postgres-password", f"{folder}.key")
    lay(tmp_path, f"{state}/applied-ours.json", f"{state}/applied-theirs.json")
    script = Command(("/bin/sh", "-c", assets.text("destroy/traces.sh"), "sh"))
    for name, kept in (("theirs", True), ("ours", False)):
        for each in ("ours", "theirs"):
            record = '{"parts": {"secret.postgres-password": "1"}}' if each == name else '{"parts": {}}'
            (tmp_path / f"{state}/applied-{each}.json").write_text(record)
        run(shell, tmp_path, script, "lab=ours", f"~/{folder}")
        assert (tmp_path / folder).exists() is kept


@each_shell
def test_destroy_leaves_what_another_lab_has(shell: tuple[str, ...], tmp_path: Path) -> None:
    ours = tmp_path / ".local/share/carbon-fleet"
    places = {
        ".config/carbon-fleet/docker/": (
            ".config/carbon-fleet/docker/theirs/compose.yaml",
            "Applications/Docker.app/x",
        ),
        ".local/share/carbon-fleet/docker/models/": (".config/carbon-fleet/docker/theirs/compose.yaml",),
        ".config/carbon-fleet/apple-container/": (".config/carbon-fleet/apple-container/theirs/containers.json",),
        ".local/share/carbon-fleet/models/": ("Library/LaunchAgents/io.carbon-fleet.native.theirs-web.plist",),
        ".local/share/carbon-fleet/environments/": (".local/share/carbon-fleet/environments/theirs/x",),
        ".local/share/carbon-fleet/python/": (".local/share/carbon-fleet/environments/theirs/x",),
    }
    script = Command(("/bin/sh", "-c", assets.text("destroy/traces.sh"), "sh"))
    lay(tmp_path, *(name for names in places.values() for name in names))
    lay(tmp_path, *(f"{place}of-ours" for place in places))
    run(shell, tmp_path, script, *(f"~/{place}" for place in places))
    assert all((tmp_path / place / "of-ours").exists() for place in places)
    for name in {name for names in places.values() for name in names}:
        (tmp_path / name).unlink()
    (ours / "environments/of-ours").unlink()
    (ours / "environments/theirs").rmdir()
    (ours / "environments/.made").mkdir()
    run(shell, tmp_path, script, *(f"~/{place}" for place in places))
    assert not any((tmp_path / place).exists() for place in places)
