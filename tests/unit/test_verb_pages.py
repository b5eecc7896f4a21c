"""Every verb of the README has a page, and on it a command of that verb with what it printed."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| `carbon-fleet ([a-z-]+)[^|]*\|[^|]*\(\[docs\]\((docs/[\w-]+\.md)\)\)", re.MULTILINE)
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = ROW.findall(README)


def shown(page: str, verb: str) -> list[str]:
    """What stands on a page right below commands of `verb`."""
    return re.findall(rf"^ *\$ carbon-fleet {verb}\b.*\n(.*)$", page, re.MULTILINE)


def test_every_row_names_its_page() -> None:
    assert len(PAGES) == len(re.findall(r"^\| `carbon-fleet ", README, re.MULTILINE))


@pytest.mark.parametrize(("verb", "page"), PAGES, ids=[verb for verb, _ in PAGES])
def test_a_page_shows_its_verb_at_work(verb: str, page: str) -> None:
    below = shown((ROOT / page).read_text(encoding="utf-8"), verb)
    assert [line for line in below if line.strip(" `")], (
        f"{page}: put a run of `carbon-fleet {verb}` there, with its output"
    )
