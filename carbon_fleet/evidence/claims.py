"""The claims of the README and what shows each: docs/evidence/claims.yml, and the table that is made from it.

`python -m carbon_fleet.evidence.claims` writes the table anew (`make evidence-table`).
"""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = "docs/evidence/claims.yml"
TABLE = "docs/evidence/README.md"
TIERS = {"simulated": "simulated", "emulated": "emulated", "real": "real Mac"}
PROMISES = "## What it promises"
_HEAD = """# Evidence

Every claim of the [README](../../README.md), and where it was seen. Made from [claims.yml](claims.yml) by
`make evidence-table`; a test fails when a claim has no row, a row no claim, or this page is not what the file says.

- **simulated**: Linux, a simulated Mac ([what of it is real](../simulation.md)): real SSH, and where the command says
  `--vm real` or a test's file `real`, real podman and systemd; macOS, Homebrew, krunkit, Metal modelled or replaced.
- **emulated**: the real `podman machine` with a real virtio-gpu Venus device, under QEMU on Linux; lavapipe for Metal.
- **real Mac**: Apple Silicon. A person runs `carbon-fleet evidence` once ([how](../evidence.md)); it fills this column.

"""


class Seen(BaseModel):
    """One time a claim was shown: by which command, when, and what came of it, with its figures."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: str = Field(min_length=1)
    date: date
    result: str = Field(min_length=1)


class Claim(BaseModel):
    """A claim in the README's own words, and per tier what showed it; None where nothing was run yet.

    `step` names the step of `carbon-fleet evidence` that shows it on a Mac; None when no step does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(pattern=r"^[a-z0-9-]+$")
    claim: str
    step: str | None = None
    simulated: Seen | None = None
    emulated: Seen | None = None
    real: Seen | None = None


def read_claims(text: str) -> tuple[Claim, ...]:
    """The claims in a claims.yml; raises pydantic's `ValidationError` for what is none."""
    return tuple(Claim.model_validate(item) for item in yaml.safe_load(text))


def table(claims: tuple[Claim, ...]) -> str:
    """The page: a row per claim, a column per tier."""
    lines = ["| claim | " + " | ".join(TIERS.values()) + " |", "|---" * (len(TIERS) + 1) + "|"]
    for claim in claims:
        cells = [claim.claim, *(_cell(getattr(claim, tier)) for tier in TIERS)]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return _HEAD + "\n".join(lines) + "\n"


def _cell(seen: Seen | None) -> str:
    return f"{seen.result}<br>`{seen.command}`, {seen.date}" if seen else "not yet"


def claims_in(readme: str) -> tuple[str, ...]:
    """What a README claims: each promise, each row of its table of verbs, each other sentence with a number in it."""
    fenced = re.findall(r"^```.*?^```", readme, re.MULTILINE | re.DOTALL)
    prose = re.sub(r"^```.*?^```", "\n", readme, flags=re.MULTILINE | re.DOTALL)
    before, _, behind = prose.partition(PROMISES)
    promises, _, after = behind.partition("\n## ")
    found = [*_bullets(promises), *_rows(prose), *_comments(fenced), *_numbers(f"{before}\n\n{after}")]
    return tuple(dict.fromkeys(found))


def plain(text: str) -> str:
    """A text on one line, links as their words."""
    return " ".join(re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text).split())


def _bullets(text: str) -> Iterator[str]:
    for part in re.split(r"^- ", text.partition("\n\n")[2] or text, flags=re.MULTILINE)[1:]:
        yield plain(part.partition("\n\n")[0])


def _rows(text: str) -> Iterator[str]:
    for command, about in re.findall(r"^\| (`[^|]*`) \| ([^|]*) \|", text, re.MULTILINE):
        words = re.sub(r" *[(]\[docs\]\([^)]*\)[)]", "", about)
        yield plain(f"{command}: {words}")


def _comments(fenced: list[str]) -> Iterator[str]:
    """What the comments in blocks of code promise with a number."""
    for block in fenced:
        for comment in re.findall(r" # (.*)$", block, re.MULTILINE):
            if re.search(r"\d", comment):
                yield plain(comment)


def _numbers(text: str) -> Iterator[str]:
    for paragraph in re.split(r"\n\s*\n", text):
        if paragraph.lstrip().startswith(("#", "|")):
            continue
        for sentence in re.split(r"(?<=[.;:]) (?=[A-Z`])", plain(paragraph)):
            if re.search(r"\d", re.sub(r"`[^`]*`", "", sentence)):
                yield sentence


def main() -> None:
    """Write the table."""
    claims = read_claims((ROOT / CLAIMS).read_text(encoding="utf-8"))
    (ROOT / TABLE).write_text(table(claims), encoding="utf-8")


if __name__ == "__main__":
    main()
