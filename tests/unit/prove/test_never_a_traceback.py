"""Whatever a container prints: a proof or one line of why not, and no proof breaks judge, comparison or page."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_fleet.prove.baseline import Baseline
from carbon_fleet.prove.comparison import compare, regressed
from carbon_fleet.prove.document import Foreign, read_proof
from carbon_fleet.prove.figures import figures_of
from carbon_fleet.prove.judge import judge
from carbon_fleet.report.document import MacReport, Outcome, Report
from carbon_fleet.report.html import html_of
from tests.unit.prove.fixtures import plain
from tests.unit.prove.reports import good

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, -1, 1, 64, 2**20, 2**63, 2**64, 0.0, 1e-320, 1e-7, 1e12, 1e308, float("inf"), float("nan")]),
    st.text(max_size=8),
    st.sampled_from(["ok", "wrong", "timeout", "CPU", "MESA_VENUS", "venus", "lavapipe", "software", "\x1b[2J", "<b>"]),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


def _leaves(part: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    steps = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    return [path, *(leaf for key, value in steps for leaf in _leaves(value, (*path, key)))]


@st.composite
def bent(draw: st.DrawFn) -> dict[str, Any]:
    """A good document with up to three of its parts replaced."""
    document = plain(draw(st.sampled_from(["ok-apple", "ok-software", "ok-software-lavapipe"])))
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(_leaves(document)[1:]))
        part: Any = document
        for step in way:
            part = part[step]
        part[last] = draw(VALUES)
    return document


@settings(max_examples=200, deadline=None)
@given(bent(), st.booleans())
def test_a_bent_proof_is_judged_or_foreign(document: dict[str, Any], software: bool) -> None:
    try:
        proof = read_proof(json.dumps(document))
    except Foreign:
        return
    judgement = judge(proof, accept_software=software)
    figures = figures_of(proof)
    json.dumps(proof.model_dump_json())
    if not judgement.accepted:
        return
    assert figures is not None, "an accepted proof has figures"
    mac = good("mac-01")
    known = mac.measured["prove"]
    device, versions = proof.device.name if proof.device else "", proof.versions
    facts = {"chip": "c", "device": device, "through": proof.through or "", "versions": versions}
    now = Baseline(measured_at=proof.measured_at, figures=figures, **facts)
    reference = Baseline.model_validate_json(now.model_dump_json())
    assert reference == now
    found = compare(now, reference, rebase=False, software=software)
    assert regressed(found) is None
    known |= {**facts, "figures": figures.model_dump(), "baseline": found.as_dict(), "drift": found.drift()}
    mac = MacReport("mac-01", Outcome.VERIFIED, measured={"prove": known})
    page = html_of(Report("prove", "lab", "lab.yml", "now", macs=[mac]).as_dict())
    assert "<b>" not in page
    assert "\x1b" not in page


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_text_is_never_a_proof(text: str) -> None:
    with pytest.raises(Foreign) as caught:
        read_proof(text)
    assert 0 < len(str(caught.value)) < 400
    assert "\n" not in str(caught.value)
