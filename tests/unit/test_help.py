"""`--help`: every verb has a place and examples, and every example is what the command line takes."""

import shlex
from typing import Any

import pytest
import typer

from carbon_fleet.cli import app
from carbon_fleet.verbs.help import EXAMPLES, PANELS

ROOT: Any = typer.main.get_command(app)


def verbs() -> list[str]:
    found = []
    for name, command in ROOT.commands.items():
        inner = getattr(command, "commands", None)
        found += [f"{name} {each}" for each in inner] if inner else [name]
    return found


def test_every_verb_has_examples_and_every_example_a_verb() -> None:
    assert sorted(EXAMPLES) == sorted(verbs())


def test_every_verb_has_its_panel() -> None:
    assert sorted(verb for panel in PANELS.values() for verb in panel) == sorted(ROOT.commands)


@pytest.mark.parametrize(("verb", "example"), [(verb, one) for verb, them in EXAMPLES.items() for one in them])
def test_an_example_is_taken(verb: str, example: str) -> None:
    words = shlex.split(example)
    path = verb.split()
    assert words[: len(path)] == path
    command = ROOT
    for name in path:
        command = command.commands[name]
    command.make_context(verb, words[len(path) :])
