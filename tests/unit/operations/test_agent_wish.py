"""What `agent:` takes and what it refuses, in the words a person reads."""

import pytest

from carbon_fleet.spec import Duration, LabError, SectionSpec, lab_from_text
from operations.agent import RESOURCE, Agent

URL = "url: git@git.example:lab.git"

SECTIONS = (SectionSpec(RESOURCE.key, RESOURCE.wanted, RESOURCE.check),)


def wish(agent: str) -> Agent:
    text = f"lab: a\nmacs:\n  mac-01:\n    host: local\n    agent: {agent}\n"
    return lab_from_text(text, SECTIONS).mac("mac-01").section("agent", Agent)


def test_nothing_is_managed_unless_it_is_written() -> None:
    assert wish("{}") == wish("{autostart: null, drift: null}") == Agent()


def test_what_it_takes() -> None:
    assert wish("{autostart: login}").autostart == "login"
    assert wish("{autostart: boot}").autostart == "boot"
    drift = wish("{drift: {}}").drift
    assert drift is not None
    assert (drift.every, drift.splay, drift.program) == (Duration("1h"), Duration("10m"), "~/.local/bin/carbon-fleet")


def test_what_a_pull_takes() -> None:
    pull = wish(f"{{pull: {{{URL}}}}}").pull
    assert pull is not None
    assert (pull.signers, pull.file, pull.branch) == ("~/.config/carbon-fleet/allowed_signers", "lab.yml", "main")
    assert (pull.every, pull.splay, pull.window) == (Duration("1h"), Duration("10m"), "22:00-05:00")


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{autostart: true}", "login"),
        ("{autostrat: login}", "did you mean `autostart`?"),
        ("{drift: {every: 1m}}", "is not between 5m and 7d"),
        ("{drift: {every: 8d}}", "is not between 5m and 7d"),
        ("{drift: {every: 1}}", "has no unit"),
        ("{drift: {every: 10m}}", "is not shorter than `every`"),
        ("{drift: {program: carbon-fleet}}", "write `~/carbon-fleet`"),
        ("{pull: {}}", "url"),
        ("{pull: {url: 'http://git.example/lab.git'}}", "is no address of a git repository"),
        ("{pull: {url: 'https://ada:s3cret@git.example/lab.git'}}", "the address holds a login"),
        (f"{{pull: {{{URL}, window: 22:00-22:00}}}}", "opens when it closes"),
        (f"{{pull: {{{URL}, window: 04:00-04:30}}}}", "is shorter than `every`, 1h"),
        (f"{{pull: {{{URL}, splay: 1h}}}}", "is not shorter than `every`"),
        (f"{{pull: {{{URL}, branch: a..b}}}}", "is no name of a branch"),
        ("{pull: {url: 'https://www.example/lab.tar', branch: next}}", "a bundle has none"),
        (f"{{pull: {{{URL}, ca: ca.pem}}}}", "write `~/ca.pem`"),
        (f"{{pull: {{{URL}, file: /lab.yml}}}}", "is no path inside of what is fetched"),
    ],
)
def test_what_it_is_not(written: str, says: str) -> None:
    with pytest.raises(LabError) as error:
        wish(written)
    (fault,) = error.value.errors
    assert fault.line == 5
    assert says in str(fault)
    assert "s3cret" not in str(fault)
