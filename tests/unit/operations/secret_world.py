"""A Mac whose two containers use three secrets, one of them given, and what was seen when all is right."""

import json
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from carbon_fleet.plan import Change, Finding, World
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.spec import Given, Mac
from operations.image.wish import Images
from operations.model.wish import Models
from operations.secret import differences
from operations.secret.seen import SecretSeen, SecretsSeen
from operations.secret.wish import Secrets
from operations.stack.wish import Stacks

IMAGE = "docker.io/library/nginx:1"
CONTAINERS = {
    "lab": {"image": IMAGE, "secrets": {"TOKEN": "jupyter-token", "/run/secrets/given": "given"}},
    "store": {"image": IMAGE, "secrets": {"PASSWORD": "other", "TOKEN": "jupyter-token"}},
    "plain": {"image": IMAGE},
}
WISH: dict[str, Any] = {"given": {"source": "env", "name": "LAB_GIVEN"}, "other": {"length": 40}, "spare": {}}


def a_mac(wish: Any = WISH, given: dict[str, Given] | None = None) -> Mac:
    stacks = Stacks.model_validate_json(json.dumps([{"name": "shop", "containers": CONTAINERS}]))
    secrets = Secrets.model_validate_json(json.dumps(wish))
    sections: dict[str, BaseModel] = {"images": Images({}), "stacks": stacks, "secrets": secrets, "models": Models({})}
    return Mac("m", sections=sections, given={"given": Given("the given value")} if given is None else given)


MAC = a_mac()
FILE = SecretSeen("regular", "0600", "", "print")
CONVERGED = SecretsSeen(
    SecretSeen("directory", "0700"),
    True,
    {"jupyter-token": FILE, "given": replace(FILE, given="same"), "other": FILE},
)


def findings(seen: SecretsSeen, mac: Mac = MAC) -> list[Finding]:
    return list(differences(mac.section("secrets", Secrets), seen, World(mac, Snapshot("m"))))


def rows(seen: SecretsSeen, mac: Mac = MAC) -> list[tuple[str, str, list[str]]]:
    return [
        (c.address, c.action.value, [a.name for a in c.attributes])
        for c in findings(seen, mac)
        if isinstance(c, Change)
    ]


def with_file(name: str, **attributes: Any) -> SecretsSeen:
    changed = replace(CONVERGED.secrets[name], **attributes)
    return replace(CONVERGED, secrets={**CONVERGED.secrets, name: changed})
