"""Differences of Python environments, attribute by attribute, and the commands that remove them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.plan import Change, World
from carbon_fleet.snapshot import Snapshot
from operations.environment import RESOURCE, Environments, EnvironmentsSeen
from operations.environment.seen import SlotSeen
from operations.homebrew.wish import Homebrew, fitted
from tests.unit.operations.environment_world import (
    CONVERGED,
    DIGEST,
    ML,
    TEXT,
    a_mac,
    codes,
    findings,
    rows,
    with_slot,
)

SHORT = DIGEST[:12]


def test_as_wished_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert findings(a_mac(tmp_path), CONVERGED) == []
    assert findings(a_mac(tmp_path, {}), EnvironmentsSeen()) == []


def test_from_nothing_its_python_is_brought_and_it_is_made(tmp_path: Path) -> None:
    (change,) = findings(a_mac(tmp_path), EnvironmentsSeen())
    assert isinstance(change, Change)
    assert rows([change]) == [("environment.ml", "create", [("lock", None, SHORT), ("python", None, "3.12")])]
    python, make = change.commands
    assert python.argv[3:] == ("sh", "3.12", "")
    assert make.argv[3:] == ("sh", "ml", "ml.a", "3.12", DIGEST, str(4 << 20), "", "", "")
    assert make.stdin == TEXT
    assert str(make).splitlines()[0].startswith("/bin/sh -c '# Make an environment whole")


@pytest.mark.parametrize(
    ("changed", "attribute"),
    [
        ({"lock": "f" * 64}, ("lock", "f" * 12, SHORT)),
        ({"lock": ""}, ("lock", None, SHORT)),
        ({"python": "3.11.9"}, ("python", "3.11.9", "3.12")),
        ({"python": "3.1"}, ("python", "3.1", "3.12")),
        ({"runs": False}, ("python", None, "3.12")),
        ({"packages": (("alpha", "1.0"),)}, ("package.beta-kit", None, "2.0")),
        ({"packages": (("alpha", "1.1"), ("beta-kit", "2.0"))}, ("package.alpha", "1.1", "1.0")),
        ({"packages": (*ML.packages, ("gamma", "0.1"))}, ("package.gamma", "0.1", None)),
        ({"packages": (*ML.packages, ("alpha", "0.9"))}, ("package.alpha", "1.0 and 0.9", "1.0")),
    ],
)
def test_drift_is_named_and_it_is_made_anew_in_the_other_slot(
    tmp_path: Path, changed: dict[str, Any], attribute: tuple[str, Any, Any]
) -> None:
    found = findings(a_mac(tmp_path), with_slot(**changed))
    assert rows(found) == [("environment.ml", "update", [attribute])]
    assert isinstance(found[0], Change)
    assert found[0].commands[1].argv[4:6] == ("ml", "ml.b")


def test_a_patch_of_python_is_bound_where_the_lab_file_says_one(tmp_path: Path) -> None:
    mac = a_mac(tmp_path, {"ml": {"python": "3.12.1", "lock": "ml.txt"}})
    assert rows(findings(mac, CONVERGED)) == [("environment.ml", "update", [("python", "3.12.16", "3.12.1")])]


def test_what_a_run_that_was_cut_off_left(tmp_path: Path) -> None:
    seen = replace(CONVERGED, slots={**CONVERGED.slots, "ml.b": SlotSeen()})
    (change,) = findings(a_mac(tmp_path), seen)
    assert rows([change]) == [("environment.ml", "delete", [("left", "ml.b", None)])]
    assert isinstance(change, Change)
    assert change.commands[0].argv[4:] == ("ml.b",)


def test_what_nobody_wishes_goes(tmp_path: Path) -> None:
    found = findings(a_mac(tmp_path, {}), CONVERGED)
    assert rows(found)[0] == ("environment.ml", "delete", [("environment", "ml", None)])
    assert isinstance(found[0], Change)
    assert found[0].commands[0].argv[4:] == ("ml.a",)
    left = replace(CONVERGED, links={"ml": "ml.a", "old": "old.a"}, slots={**CONVERGED.slots, "new.b": SlotSeen()})
    addresses = [address for address, _, _ in rows(findings(a_mac(tmp_path), left))]
    assert addresses == ["environment.new", "environment.old"]


def test_a_python_without_an_environment_goes_once_all_stand(tmp_path: Path) -> None:
    seen = replace(CONVERGED, pythons=("cpython-3.11.1-macos-aarch64-none", *CONVERGED.pythons))
    (row,) = rows(findings(a_mac(tmp_path), seen))
    assert row[:2] == ("environment.cpython-3.11.1-macos-aarch64-none", "delete")
    (row,) = rows(findings(a_mac(tmp_path), replace(seen, links={}, slots={})))
    assert row[:2] == ("environment.ml", "create")


def test_somebody_else_s_folder_is_refused(tmp_path: Path) -> None:
    found = findings(a_mac(tmp_path), EnvironmentsSeen(others=frozenset({"ml", "theirs"})))
    assert (codes(found), rows(found)) == (["ENVIRONMENT_NOT_OURS"], [])


def test_it_goes_back_to_what_was_found(tmp_path: Path) -> None:
    mac = a_mac(tmp_path)
    wanted = mac.section("environments", Environments)
    assert RESOURCE.found(wanted, CONVERGED) == {"environment.ml": True}
    world = World(mac, Snapshot("m", {}))
    assert list(RESOURCE.removal(wanted, CONVERGED, {"environment.ml": True}, world)) == []
    assert rows(list(RESOURCE.removal(wanted, CONVERGED, {}, world)))[0][:2] == ("environment.ml", "delete")
    assert "~/.local/share/carbon-fleet/environments/" in RESOURCE.places(wanted, mac)


def test_a_lock_that_changes_is_another_wish(tmp_path: Path) -> None:
    before = a_mac(tmp_path)
    assert before.wish()["environments"]["ml"]["lock"] == {"path": "ml.txt", "sha256": DIGEST}
    (tmp_path / "other.txt").write_text(TEXT + "# another\n")
    after = a_mac(tmp_path, {"ml": {"python": "3.12", "lock": "other.txt"}})
    assert before.digest != after.digest


def test_uv_is_wished_of_homebrew_only_where_environments_are(tmp_path: Path) -> None:
    assert "uv" in fitted(Homebrew(), a_mac(tmp_path)).wished
    assert "uv" not in fitted(Homebrew(), a_mac(tmp_path, {})).wished
    own = Homebrew.model_validate_json('{"formulae": {"uv": {"version": ">=0.9"}}}')
    assert str(fitted(own, a_mac(tmp_path)).wished["uv"].version) == ">=0.9"
    without = Homebrew.model_validate_json('{"formulae": {"uv": null}}')
    assert "uv" not in fitted(without, a_mac(tmp_path)).wished
