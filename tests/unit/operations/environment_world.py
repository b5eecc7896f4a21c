"""A Mac with Python environments, and what is seen of them."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from carbon_fleet.plan import Change, Finding, Refusal, World
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Mac
from operations.environment import Environments, EnvironmentsSeen, differences
from operations.environment.ready import filled
from operations.environment.seen import SlotSeen

HASH = "a" * 64
TEXT = f"alpha==1.0 --hash=sha256:{HASH}\nbeta-kit==2.0 --hash=sha256:{HASH}\n"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()
BASE = "/Users/lab/.local/share/carbon-fleet/python/cpython-3.12.16-macos-aarch64-none/bin"
ML = SlotSeen(DIGEST, "3.12", "3.12.16", True, BASE, (("alpha", "1.0"), ("beta-kit", "2.0")))
CONVERGED = EnvironmentsSeen({"ml": "ml.a"}, frozenset(), {"ml.a": ML}, ("cpython-3.12.16-macos-aarch64-none",))


def a_mac(folder: Path, said: Any = None, **more: Any) -> Mac:
    """With the environment `ml` of the lock `ml.txt`, unless others are said."""
    (folder / "ml.txt").write_text(TEXT)
    wish = {"ml": {"python": "3.12", "lock": "ml.txt"}} if said is None else said
    bare = Mac("m", user="lab", folder=folder, **more)
    return replace(bare, sections={"environments": filled(wished(wish), bare), **more.get("sections", {})})


def wished(said: Any) -> Environments:
    return Environments.model_validate_json(json.dumps(said))


def findings(mac: Mac, seen: EnvironmentsSeen) -> list[Finding]:
    return list(differences(mac.section("environments", Environments), seen, World(mac, Snapshot("m", {}))))


def rows(found: list[Finding]) -> list[tuple[str, str, list[tuple[str, Any, Any]]]]:
    changes = [one for one in found if isinstance(one, Change)]
    return [(c.address, c.action.value, [(a.name, a.before, a.after) for a in c.attributes]) for c in changes]


def codes(found: list[Finding]) -> list[str]:
    return [one.code for one in found if isinstance(one, Refusal)]


def with_slot(**changed: Any) -> EnvironmentsSeen:
    return replace(CONVERGED, slots={"ml.a": replace(ML, **changed)})
