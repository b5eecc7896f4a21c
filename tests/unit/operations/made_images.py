"""A project folder with image and stack definitions of a test's own."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from carbon_fleet import assets
from operations.image import catalogue, recipe
from operations.stack import wish as stack_wish

TINY = {
    "images/base/Containerfile": "ARG BASE=scratch\nFROM ${BASE}\nARG WORD=one\nLABEL word=${WORD}\nCOPY run /run.sh\n",
    "images/base/run": "#!/bin/sh\nexec sleep 1000\n",
    "images/base/image.yml": 'description: A base.\nargs: {WORD: "one"}\nsoftware_args: {WORD: soft}\n',
    "images/top-most/Containerfile": "ARG BASE\nFROM ${BASE}\nCOPY note /note\n",
    "images/top-most/note": "hello\n",
    "images/top-most/image.yml": "description: On the base.\nfrom: [base]\n",
    "stacks/pair.yml": (
        "description: Two.\ncontainers:\n"
        "  web: {image: top-most, after: [store], gpu: venus}\n"
        "  store: {image: docker.io/library/postgres:17}\n"
    ),
}


def make_project(monkeypatch: pytest.MonkeyPatch, folder: Path, files: Mapping[str, str]) -> Path:
    """Let the project's files be those of the checkout, but with only `files` as images and stacks."""
    source = assets.root()
    shutil.copytree(source / "files", folder / "files", ignore=shutil.ignore_patterns("images", "stacks"))
    for name in ("images", "stacks"):
        (folder / "files" / name).mkdir()
    for name, text in files.items():
        path = folder / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755 if text.startswith("#!") else 0o644)
    monkeypatch.setattr(assets, "root", lambda: folder)
    forget()
    return folder


def forget() -> None:
    """Drop what was read of the project's files: they changed, which they never do while the program runs."""
    caches = (assets.text, assets.names, assets.tree, assets.folders, catalogue.definition)
    for cached in (*caches, catalogue.arguments, stack_wish._definition):
        cached.cache_clear()
    recipe._ordered.cache_clear()
    recipe.context_tar.cache_clear()
