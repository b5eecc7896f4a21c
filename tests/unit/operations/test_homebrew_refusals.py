"""The Homebrew that a Mac lacks, or that is somebody else's."""

from dataclasses import replace

from carbon_fleet.plan import Refusal
from operations.homebrew import HomebrewSeen
from tests.unit.operations.test_homebrew import findings, seen


def test_no_homebrew_is_refused_with_the_official_command() -> None:
    (refusal,) = findings(seen("absent"))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "HOMEBREW_MISSING"
    assert "/usr/local" in refusal.what
    assert refusal.remedy.endswith(
        'run: /bin/bash -c "$(curl -fsSL https://raw.githubusercontent.com/Homebrew/install/HEAD/install.sh)"'
    )
    (alone,) = findings(HomebrewSeen(present=False))
    assert isinstance(alone, Refusal)
    assert alone.what == "there is no Homebrew at /opt/homebrew"


def test_somebody_elses_homebrew_is_refused_only_when_it_must_change() -> None:
    assert findings(replace(seen("converged"), writable=False)) == []
    (refusal,) = findings(replace(seen("untrusted"), writable=False))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "HOMEBREW_NOT_WRITABLE"
