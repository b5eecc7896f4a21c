"""A Mac whose stacks run by Docker Desktop, and what is seen of it."""

import json
from dataclasses import replace
from typing import Any

from carbon_fleet.plan import Change, Finding, World
from carbon_fleet.snapshot import Section, Snapshot
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.docker import Docker, DockerSeen, differences
from operations.docker.commands import ENGINE
from operations.docker.commands import MODELS as STORE
from operations.docker.seen import ContainerSeen, Kept
from operations.docker.services import files, path, services
from operations.homebrew import Homebrew
from operations.image.wish import Images
from operations.model.wish import Models
from operations.secret.wish import Secrets
from operations.stack.volumes import named
from operations.stack.wish import Stacks

SETTINGS = {"LicenseTermsVersion": 2, "Cpus": 4, "MemoryMiB": 8192, "DiskSizeMiB": 65536, "AutoStart": True}
WISH = {"cpus": 4, "memory": "8GiB", "disk": "64GiB", "start_at_login": True}
MODELS = {"weights": {"url": "https://example.org/w.gguf", "sha256": "ab" * 32}}
WEB: dict[str, Any] = {
    "image": "docker.io/library/nginx:1",
    "ports": ["8080:80"],
    "volumes": ["shop-data:/data"],
    "secrets": {"TOKEN": "token"},
    "health": {"command": "true"},
}


def a_mac(stacks: Any = None, docker: Any = None, **more: Any) -> Mac:
    """With the stack `shop`, unless others are said."""
    said = [{"name": "shop", "containers": {"web": WEB}}] if stacks is None else stacks
    sections = {
        "docker": Docker.model_validate_json(json.dumps(docker or {})),
        "images": Images({}),
        "models": Models.model_validate_json(json.dumps(MODELS)),
        "homebrew": Homebrew(),
        "secrets": Secrets({}),
        "stacks": Stacks.model_validate_json(json.dumps(said)),
    }
    return Mac("m", user="lab", **{"runtime": "docker", **more}, sections={**sections, **more.pop("sections", {})})


def fingerprints(**known: str) -> Snapshot:
    """A look in which the Mac's copies of secrets have these fingerprints."""
    from carbon_fleet.snapshot import Block

    lines = ("folder directory 700 - - -", "key yes", *(f"secret {n} regular 600 - {p} -" for n, p in known.items()))
    return Snapshot("m", {"secret": Section("secret", blocks={"secrets": Block("secrets", 0, lines)})})


def converged(mac: Mac) -> DockerSeen:
    """As `mac` wishes it, all settings of `SETTINGS`."""
    return DockerSeen(
        app="/Applications/Docker.app",
        version="4.51.0",
        running=True,
        settings=SETTINGS,
        containers={
            one.container_name: ContainerSeen(
                "running",
                "healthy" if one.container.health else "",
                one.stack,
                one.name,
                one.definition,
                {secret.name: f"print-{secret.name}" for secret in one.workload.secrets},
            )
            for one in services(mac)
        },
        images=tuple(recipe.tag for recipe in ENGINE.images(mac)),
        volumes=named(runtimes.stacks_on(mac, "docker")),
        files={s: FileSeen(path(s), "regular", "0600", "lab", "staff", t.encode()) for s, t in files(mac).items()},
        models=dict.fromkeys(STORE.sums(mac), True),
        kept={stack: Kept(text) for stack, text in files(mac).items()},
    )


def findings(mac: Mac, seen: DockerSeen, snapshot: Snapshot | None = None, *consents: str) -> list[Finding]:
    world = World(mac, snapshot or fingerprints(token="print-token"), frozenset(consents))
    return list(differences(mac.section("docker", Docker), seen, world))


def rows(found: list[Finding]) -> list[tuple[str, str, list[str]]]:
    changes = [one for one in found if isinstance(one, Change)]
    return [(one.address, one.action.value, [each.name for each in one.attributes]) for one in changes]


def with_container(seen: DockerSeen, of: str, /, **changed: Any) -> DockerSeen:
    return replace(seen, containers={**seen.containers, of: replace(seen.containers[of], **changed)})
