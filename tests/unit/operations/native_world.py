"""A Mac whose stacks run on it itself, and what is seen of it."""

import json
from dataclasses import replace
from typing import Any

from carbon_fleet.plan import Change, Finding, World
from carbon_fleet.snapshot import Snapshot
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec import Mac
from operations.homebrew import Homebrew
from operations.image.wish import Images
from operations.model.wish import Models
from operations.native import Natively, NativeSeen, differences
from operations.native.jobs import jobs, path
from operations.native.kept import STORE
from operations.native.seen import JobSeen
from operations.secret.wish import Secrets
from operations.stack.wish import Stacks
from tests.unit.operations.docker_world import fingerprints

HOME = "/Users/lab"
WEB: dict[str, Any] = {
    "image": "docker.io/library/nginx:1",
    "ports": ["8080:80"],
    "volumes": ["data:/data", "~/work:/work"],
    "models": ["weights"],
    "secrets": {"TOKEN": "token", "/run/secrets/key": "token"},
    "environment": {"PRICE": "5$", "OF_LINUX": "yes"},
    "health": {"command": "true", "start_period": "60s"},
    "native": {
        "formula": "nginx",
        "program": [
            "nginx",
            "-p",
            "{port:80}",
            "-h",
            "{host:80}",
            "-d",
            "{volume:/data}",
            "-k",
            "{secret:/run/secrets/key}",
        ],
        "variables": {"OF_LINUX": None, "WEIGHTS": "{volume:/models/weights}", "WORK": "{volume:/work}"},
        "health": "curl -fsS http://{at:80}/",
    },
}
MODELS = {"weights": {"url": "https://example.org/w.gguf", "sha256": "ab" * 32}}


def a_mac(stacks: Any = None, native: Any = None, user: str | None = "lab", **more: Any) -> Mac:
    """With the stack `shop`, unless others are said."""
    said = [{"name": "shop", "containers": {"web": WEB}}] if stacks is None else stacks
    sections = {
        "native": Natively.model_validate_json(json.dumps(native or {})),
        "images": Images({}),
        "models": Models.model_validate_json(json.dumps(MODELS)),
        "homebrew": Homebrew(),
        "secrets": Secrets({}),
        "stacks": Stacks.model_validate_json(json.dumps(said)),
    }
    sections |= more.pop("sections", {})
    return Mac("m", user=user, **{"runtime": "native", **more}, sections=sections)


def web(**changed: Any) -> list[dict[str, Any]]:
    """The stack `shop`, with what is different in its container."""
    return [{"name": "shop", "containers": {"web": {**WEB, **changed}}}]


def converged(mac: Mac) -> NativeSeen:
    """As `mac` wishes it; each program is process 100 and on."""
    seen = {
        job.name: JobSeen(
            FileSeen(path(job.name), "regular", "0644", "lab", "staff", job.text.encode()),
            loaded=True,
            pid=100 + place,
            definition=job.running,
            secrets={secret.name: f"print-{secret.name}" for secret in job.workload.secrets},
            health=0 if job.asked else None,
        )
        for place, job in enumerate(jobs(mac))
    }
    volumes = frozenset(name for job in jobs(mac) for name in job.volumes)
    return NativeSeen(seen, 501, HOME, True, volumes, dict.fromkeys(STORE.sums(mac), True))


def findings(mac: Mac, seen: NativeSeen, snapshot: Snapshot | None = None, *consents: str) -> list[Finding]:
    world = World(mac, snapshot or fingerprints(token="print-token"), frozenset(consents))
    return list(differences(mac.section("native", Natively), seen, world))


def rows(found: list[Finding]) -> list[tuple[str, str, list[str]]]:
    changes = [one for one in found if isinstance(one, Change)]
    return [(one.address, one.action.value, [each.name for each in one.attributes]) for one in changes]


def with_job(seen: NativeSeen, of: str, /, **changed: Any) -> NativeSeen:
    return replace(seen, jobs={**seen.jobs, of: replace(seen.jobs[of], **changed)})


def with_file(seen: NativeSeen, of: str, /, **changed: Any) -> NativeSeen:
    return with_job(seen, of, file=replace(seen.jobs[of].file, **changed))
