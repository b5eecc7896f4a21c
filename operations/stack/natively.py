"""What a lab file may say of a container that runs without one: a program of the Mac itself.

In `program`, `variables` and `health`, what stands in braces is filled in: `{port:8080}` and `{host:8080}` are the
port and the address of the Mac that are published for the container's port 8080, `{near:8080}` the address at which
the Mac itself reaches it, `{at:8080}` that and the port; `{volume:/data}` is the folder behind what the container has
at /data, a model's file at `/models/NAME` among them; `{secret:/run/secrets/x}` the Mac's file of the secret it finds
there; `{state}` a folder that is empty at each start; `{home}` the login user's.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from carbon_fleet.spec import EnvName, Formula, Name, Text, Wish, mistake
from operations.stack.words import Environment, Plain


class Native(Wish):
    """A program of the Mac that does what the container does."""

    formula: Formula | None = None
    """The formula of Homebrew that brings the program."""
    environment: Name | None = None
    """The environment of the Mac's `environments` that has the program."""
    program: tuple[Text, ...] = ()
    """The program's name in the formula or environment and its arguments; with `start`, the script's arguments."""
    start: Name | None = None
    """A script of ours that starts the program: `files/native/start/NAME.sh`."""
    variables: dict[EnvName, Environment | None] = Field(default_factory=dict)
    """Environment variables over the container's own; `null` leaves one out."""
    health: Plain | Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    """How it is asked, in the container's place; 3: waiting mends nothing. Left out: something listens on its ports."""
    check: Name | None = None
    """A script of ours that asks it: `files/native/check/NAME.sh`. Its arguments are then what `health` says."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """One place to come from, and something to run."""
        if (self.formula is None) == (self.environment is None):
            why = "a program comes from one place"
            raise mistake("`native` needs either a `formula` or an `environment`", why, "write `formula: llama.cpp`")
        if not self.program and self.start is None:
            raise mistake("`native` has no `program`", "there is nothing to run", "write `program: [llama-server]`")
        if self.check is not None and isinstance(self.health, str):
            why = "its words are the arguments of `check`"
            raise mistake("`health` beside `check` is no list", why, "write `health: [WORD]`, or leave it out")
        return self
