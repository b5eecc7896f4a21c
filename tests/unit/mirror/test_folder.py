"""What lies in a mirror's folder, and is none of it."""

import json
from pathlib import Path

import pytest

from carbon_fleet.mirror import manifest as manifests
from carbon_fleet.mirror.depot import Depot
from carbon_fleet.mirror.trouble import MirrorTrouble


@pytest.mark.parametrize(
    "change",
    [
        {"format_version": 2},
        {"more": 1},
        {"entries": [{"path": "/a", "kind": "file", "sha256": "x", "size": 1, "source": "y"}]},
        {
            "entries": [
                {"path": f"/{one}", "kind": "file", "sha256": "0" * 64, "size": 1, "source": "y"} for one in "ba"
            ]
        },
    ],
)
def test_a_manifest_that_is_not_ours_is_refused_in_words(tmp_path: Path, change: dict[str, object]) -> None:
    (tmp_path / "mirror.json").write_text(json.dumps({"format_version": 1, "lab": "lab", **change}))
    with pytest.raises(MirrorTrouble, match=r"is not a mirror's manifest of format 1.*build the mirror again"):
        manifests.read(tmp_path)


def test_a_folder_without_one_says_how_to_make_it(tmp_path: Path) -> None:
    with pytest.raises(MirrorTrouble, match="`carbon-fleet mirror build LAB"):
        manifests.read(tmp_path)


def test_one_builds_at_a_time_and_only_in_a_folder_of_its_own(tmp_path: Path) -> None:
    depot = Depot(tmp_path / "mirror")
    with depot.building(), pytest.raises(MirrorTrouble, match="another `mirror build` is at work"):
        Depot(tmp_path / "mirror").building().__enter__()
    (tmp_path / "home").mkdir()
    (tmp_path / "home/letter").write_text("dear")
    with pytest.raises(MirrorTrouble, match="holds other things than a mirror"):
        Depot(tmp_path / "home").building().__enter__()
