"""The provider drop-in: transcripts, differences, drift of every attribute, and that one run leaves none."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given

from carbon_fleet.plan import Action, Change, Notice, Refusal, World
from carbon_fleet.snapshot import Snapshot, read_snapshot
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec import Mac
from operations.provider import RESOURCE, Provider, ProviderSeen, differences
from tests.unit.model.provider import apply, strategy_seen, strategy_wanted
from tests.unit.operations.run_section import SHELLS, run_section

TRANSCRIPTS = Path("tests/transcripts/provider")
MAC = Mac("mac-01", sections={"provider": Provider()})
WORLD = World(MAC, Snapshot("mac-01"))


def seen(name: str) -> ProviderSeen:
    return RESOURCE.observe(read_snapshot("mac-01", (TRANSCRIPTS / f"{name}.txt").read_text().splitlines()))


def test_as_wished_is_no_change() -> None:
    assert list(differences(Provider(), seen("as-wished"), WORLD)) == []


def test_a_missing_drop_in_is_written_and_what_overrules_it_is_said() -> None:
    change, *notices = differences(Provider(), seen("overruled"), WORLD)
    assert isinstance(change, Change)
    assert (change.address, change.action) == ("provider.drop-in", Action.CREATE)
    (command,) = change.commands
    assert str(command).endswith("50-carbon-fleet.conf' 0644 '' 95")
    assert [notice.what for notice in notices if isinstance(notice, Notice)] == [
        "the login session sets CONTAINERS_MACHINE_PROVIDER=applehv",
        "the login session sets CONTAINERS_CONF=/Users/lab/mine.conf",
    ]


@pytest.mark.parametrize("value", ["libkrun", " LibKrun "])
def test_a_variable_that_says_the_same_is_fine(value: str) -> None:
    agreeing = replace(seen("as-wished"), variables={"CONTAINERS_MACHINE_PROVIDER": value})
    assert list(differences(Provider(), agreeing, WORLD)) == []


@pytest.mark.parametrize(
    ("attribute", "drift"),
    [
        ("mode", {"mode": "0600"}),
        ("content", {"content": b'[machine]\nprovider = "applehv"\n'}),
        ("content", {"kind": "absent"}),
    ],
)
def test_drift_names_the_attribute(attribute: str, drift: dict[str, object]) -> None:
    right = seen("as-wished")
    drifted = replace(right, drop_in=replace(right.drop_in, **drift))  # type: ignore[arg-type]
    (change,) = differences(Provider(), drifted, WORLD)
    assert isinstance(change, Change)
    assert attribute in [item.name for item in change.attributes]
    assert list(differences(Provider(), apply(drifted, change), WORLD)) == []


def test_a_link_somebody_made_is_left_alone() -> None:
    (refusal,) = differences(Provider(), ProviderSeen(FileSeen("/x", "link"), {}), WORLD)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "FILE_NOT_REGULAR"


@given(strategy_wanted(), strategy_seen())
def test_one_run_leaves_no_change(wanted: Provider, found: ProviderSeen) -> None:
    for change in differences(wanted, found, WORLD):
        if isinstance(change, Change):
            found = apply(found, change)
    assert [finding for finding in differences(wanted, found, WORLD) if isinstance(finding, Change)] == []


@pytest.mark.parametrize("shell", SHELLS)
def test_the_section_reads_the_variables_as_they_are(shell: tuple[str, ...], tmp_path: Path) -> None:
    variables = {"CONTAINERS_MACHINE_PROVIDER": "a'b $(id)", "CONTAINERS_CONF": ""}
    section = run_section(shell, "provider", dict(RESOURCE.asks(Provider(), MAC)), home=tmp_path, env=variables)
    found = RESOURCE.read(section)
    assert found.variables == variables
    assert found.drop_in.kind == "absent"
