"""Each code a Report may have is explained in the docs, and the words that come with it are worded alike."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
MAKERS = {"Failure", "Refusal", "Notice", "_refusal", "failure", "_failure", "Unproven", "CannotMeasure", "Undelivered"}
"""What makes a failure or a note; their texts are what is wrong, why, and what to do."""
NO_CLAUSE = re.compile(r"(?!Homebrew|Docker|Apple)[A-Z][a-z]+ [a-z]")
UNLIKE_US = re.compile(r"\b(please (?!report)|sorry|oops|invalid|illegal)\b", re.IGNORECASE)
SOURCES = [path for room in ("carbon_fleet", "operations") for path in sorted((ROOT / room).rglob("*.py"))]


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in SOURCES:
        if "sim" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in MAKERS:
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def code_of(call: ast.Call) -> str | None:
    """The code a call gives; None where it is computed."""
    words = [one.value for one in call.args[:2] if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    return next((word for word in words if CODE.fullmatch(word)), None)


def texts(call: ast.Call) -> Iterator[str]:
    """The texts a call gives word by word; what is filled in is `{}`."""
    for one in call.args[1:]:
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value
        if isinstance(one, ast.JoinedStr):
            yield "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in one.values)  # type: ignore[misc]


def test_every_code_is_explained() -> None:
    docs = "".join(page.read_text(encoding="utf-8") for page in sorted((ROOT / "docs").glob("*.md")))
    found = {code: place for place, call in calls() if (code := code_of(call))}
    assert len(found) > 60
    missing = {code: place for code, place in found.items() if not re.search(rf"\b{code}\b", docs)}
    assert missing == {}, "say in docs/codes.md, or the verb's page, what they mean"


def test_every_text_is_a_clause_and_no_sentence_with_a_stop() -> None:
    """What is wrong, why, what to do: each is shown behind its own word, begins small and ends without a stop."""
    said = [(place, text) for place, call in calls() for text in texts(call) if not CODE.fullmatch(text)]
    assert len(said) > 150
    wrong = [(place, text) for place, text in said if text != text.strip() or text.endswith((".", "!"))]
    wrong += [(place, text) for place, text in said if NO_CLAUSE.match(text) or UNLIKE_US.search(text)]
    assert wrong == []
