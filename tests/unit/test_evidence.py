"""Every claim of the README has its row, every row its claim, and each cited command is one there is."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from carbon_fleet.evidence.claims import CLAIMS, TABLE, Claim, Seen, claims_in, plain, read_claims, table
from carbon_fleet.evidence.steps import Asked, kinds

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROWS = read_claims((ROOT / CLAIMS).read_text(encoding="utf-8"))
SEEN = [
    (row.id, tier, seen) for row in ROWS for tier in ("simulated", "emulated", "real") if (seen := getattr(row, tier))
]


def test_every_claim_of_the_readme_has_a_row() -> None:
    rows = {plain(row.claim) for row in ROWS}
    assert [claim for claim in claims_in(README) if claim not in rows] == [], f"add it to {CLAIMS}"


def test_every_row_is_still_claimed() -> None:
    claimed = set(claims_in(README))
    assert [row.id for row in ROWS if plain(row.claim) not in claimed] == [], f"mend it in {CLAIMS}"


def test_no_two_rows_are_one() -> None:
    assert len({row.id for row in ROWS}) == len({row.claim for row in ROWS}) == len(ROWS)


def test_the_page_is_what_the_file_says() -> None:
    assert (ROOT / TABLE).read_text(encoding="utf-8") == table(ROWS), "run `make evidence-table`"


@pytest.mark.parametrize(("row", "tier", "seen"), SEEN, ids=[f"{row}-{tier}" for row, tier, _ in SEEN])
def test_what_showed_it_is_there(row: str, tier: str, seen: Seen) -> None:
    named = re.findall(r"(tests/[\w/]+(?:\.py)?)(?:::(\w+))?", seen.command)
    targets = re.findall(r"make ([a-z-]+)", seen.command)
    assert named or targets or "carbon-fleet " in seen.command, f"{row} ({tier}): name a test, a target or a verb"
    for path, function in named:
        assert (ROOT / path).exists(), f"{row}: there is no {path}"
        assert not function or f"def {function}(" in (ROOT / path).read_text(), f"{row}: {path} has no {function}"
    makefile = (ROOT / "Makefile").read_text()
    assert [target for target in targets if not re.search(rf"^{target}:", makefile, re.MULTILINE)] == []


def test_steps_named_are_steps_of_the_verb() -> None:
    there = {kind.name for kind in kinds(Asked(Path("lab.yml"), "mac", quiet=True, model="m"))}
    assert {row.step for row in ROWS if row.step} <= there


def test_a_real_mac_is_claimed_only_where_a_step_shows_it() -> None:
    assert [row.id for row in ROWS if row.real and not row.step] == []


SAMPLE = """# x

We need 3 things. Not this. See [docs/9.md](docs/9.md).

```sh
make demo    # 12 of them
run it       # no number
```

| command | what it does | exit |
|---|---|---|
| `x verb LAB` | does it ([docs](docs/verb.md)) | 0, 3 |

## What it promises

- One thing
  on two lines.
- Another.

More words, no promise.

## After

It takes 5 seconds.
"""


def test_claims_are_found_wherever_they_stand() -> None:
    assert claims_in(SAMPLE) == (
        "One thing on two lines.",
        "Another.",
        "`x verb LAB`: does it",
        "12 of them",
        "We need 3 things.",
        "See docs/9.md.",
        "It takes 5 seconds.",
    )


def test_a_row_that_says_too_little_is_refused() -> None:
    with pytest.raises(ValidationError):
        read_claims("- {id: x, claim: y, simulated: {command: '', date: 2026-11-21, result: ok}}")
    with pytest.raises(ValidationError):
        read_claims("- {id: x, claim: y, imagined: true}")


def test_what_was_not_run_is_not_yet() -> None:
    assert "| a\\|b | not yet | not yet | not yet |" in table((Claim(id="x", claim="a|b"),))


def test_the_page_is_written_by_its_command(tmp_path: Path) -> None:
    before = (ROOT / TABLE).read_bytes()
    subprocess.run([sys.executable, "-m", "carbon_fleet.evidence.claims"], cwd=tmp_path, check=True, timeout=60)
    assert (ROOT / TABLE).read_bytes() == before
