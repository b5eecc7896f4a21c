"""Settings of the project's own stacks: `{name}` in a definition stands for what a lab file, or the default, says."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from carbon_fleet.spec import Problem, Text, Wish
from carbon_fleet.spec.runtime import DEFAULT, RuntimeName
from operations._definitions import unknown
from operations.stack.words import Plain, Reference, Source

Value = str | int | bool
_FORMS: Mapping[str, TypeAdapter[str]] = {
    "text": TypeAdapter(Plain),
    "image": TypeAdapter(Reference),
    "source": TypeAdapter(Source),
}
_PLACE = re.compile(r"\{([a-z0-9-]+)\}")


class Setting(Wish):
    """One thing a stack lets people choose."""

    description: Text
    """What it does."""
    default: Value
    """What it is unless said; what is said has the same type."""
    runtimes: dict[RuntimeName, Value] = Field(default_factory=dict)
    """What it is instead, unless said, where the stack runs by one of these."""
    minimum: int | None = None
    """The smallest number it may be."""
    maximum: int | None = None
    """The largest number it may be."""
    choices: tuple[Value, ...] = ()
    """All it may be; left out: anything of its type."""
    form: Literal["text", "image", "source"] = "text"
    """What text has to be: an image's `image`, where a volume's files are (`source`), or just one line."""

    def unsaid(self, runtime: RuntimeName) -> Value:
        """What it is where nobody says anything and the stack runs by `runtime`."""
        return self.runtimes.get(runtime, self.default)

    def trouble(self, value: Value) -> str:
        """Why it cannot be `value`; empty when it can."""
        if type(value) is not type(self.default):
            kinds = {str: "text", int: "a whole number", bool: "`true` or `false`"}
            return f"it has to be {kinds[type(self.default)]}"
        if self.choices and value not in self.choices:
            return f"it has to be one of {', '.join(f'`{choice}`' for choice in self.choices)}"
        if isinstance(value, int) and self.minimum is not None and value < self.minimum:
            return f"it has to be at least {self.minimum}"
        if isinstance(value, int) and self.maximum is not None and value > self.maximum:
            return f"it may be at most {self.maximum}"
        return self._formless(value) if isinstance(value, str) else ""

    def _formless(self, value: str) -> str:
        try:
            _FORMS[self.form].validate_python(value)
        except ValidationError as error:
            context = error.errors()[0].get("ctx", {})
            return str(context.get("why") or context.get("what") or "it has to be one line of text")
        return ""


def values(
    settings: Mapping[str, Setting], said: Mapping[str, Value], runtime: RuntimeName = DEFAULT
) -> dict[str, Value]:
    """What each setting is by this runtime; what `problems` would report counts as not said."""
    return {
        name: said[name] if name in said and not setting.trouble(said[name]) else setting.unsaid(runtime)
        for name, setting in settings.items()
    }


def problems(
    settings: Mapping[str, Setting], said: Mapping[str, Value], path: tuple[str | int, ...]
) -> Iterator[Problem]:
    """Settings there are not, and values they cannot have."""
    for name, value in said.items():
        if name not in settings:
            yield unknown("setting", name, tuple(settings), (*path, name))
        elif why := settings[name].trouble(value):
            write = f"write one such as `{_text(settings[name].default)}`"
            yield Problem((*path, name), f"`{name}` cannot be `{_text(value)}`", why, write)


def filled(tree: Any, chosen: Mapping[str, Value]) -> Any:
    """`tree` with every `{name}` of a setting replaced by its value as text, `true` and `false` in small letters."""
    if isinstance(tree, dict):
        return {key: filled(value, chosen) for key, value in tree.items()}
    if isinstance(tree, list):
        return [filled(value, chosen) for value in tree]
    if not isinstance(tree, str):
        return tree
    return _PLACE.sub(lambda found: _text(chosen[found[1]]) if found[1] in chosen else found[0], tree)


def _text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
