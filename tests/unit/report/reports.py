"""Any Report, as hypothesis makes them."""

from typing import Any

from hypothesis import strategies as st

from carbon_fleet.plan import Attribute
from carbon_fleet.report.document import Cause, Failure, MacReport, Outcome, Planned, Report, Result, Waived

words = st.text(max_size=12)
names = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF), min_size=1, max_size=8)
seconds = st.floats(0, 1e6)
counts = st.integers(0, 10**6)
plain: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | counts | seconds | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
failures = st.builds(Failure, names, names, words, words, words)
values = words | st.integers() | st.booleans() | st.none()
changes = st.builds(
    Planned,
    names,
    st.sampled_from(["create", "update", "replace", "delete", "run"]),
    st.lists(st.builds(Attribute, names, values, values), max_size=3),
    words,
    st.lists(words, max_size=2),
    st.lists(words, max_size=2),
    st.none() | st.sampled_from(Cause),
    words,
    st.none() | st.builds(Waived, words, words, words, st.booleans()),
)
results = st.builds(Result, names, words, st.integers(0, 255), seconds, st.lists(words, max_size=3).map(tuple))
macs = st.builds(
    MacReport,
    names,
    st.sampled_from(Outcome),
    seconds,
    counts,
    sections=st.dictionaries(names, words, max_size=2),
    later=st.lists(names, max_size=2),
    left=st.lists(changes, max_size=2),
    applied=st.just({}) | st.fixed_dictionaries(dict.fromkeys(("run", "when", "by", "spec"), words)),
    changes=st.lists(changes, max_size=2),
    results=st.lists(results, max_size=2),
    failures=st.lists(failures, max_size=2),
    notices=st.lists(failures, max_size=2),
    milliseconds=st.dictionaries(names, counts, max_size=2),
    tests=st.dictionaries(st.sampled_from(["passed", "failed", "skipped", "unknown"]), counts),
    gpu=st.none() | words,
    measured=st.dictionaries(st.sampled_from(["other", "more"]), plain, max_size=2),
)
reports = st.builds(
    Report,
    st.sampled_from(["drift", "apply", "plan", "verify"]),
    names,
    words,
    st.datetimes().map(lambda moment: moment.isoformat()),
    seconds,
    counts,
    st.lists(macs, max_size=3, unique_by=lambda mac: mac.mac),
    run=words,
    lock=st.none() | words,
    ended=st.just("") | st.datetimes().map(lambda moment: moment.isoformat()),
    options=st.dictionaries(names.filter(lambda name: name not in ("only", "skip")), plain, max_size=2),
    interrupted=st.booleans(),
    notes=st.lists(failures, max_size=2),
)
