"""Secrets: made on the Mac or looked up elsewhere, kept by the Mac (0600) and by podman in the virtual machine.

This resource is the Mac's copy. The machine's, and the containers made with it, are the stack resource's, which asks
`operations/secret/machine.py`: both lie inside. Values travel on standard input only; a made one never leaves its Mac.
"""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from carbon_fleet.plan import Finding, Resource, World
from carbon_fleet.snapshot.script import script_text
from carbon_fleet.spec import Mac, Problem
from operations.secret.kept import folder_changes, secret_findings
from operations.secret.refusals import not_given
from operations.secret.seen import SecretsSeen, read
from operations.secret.wish import Secrets
from operations.stack.secrets import from_elsewhere, htpasswds, used

__all__ = ["RESOURCE", "differences", "read"]


def differences(wanted: Secrets, seen: SecretsSeen, world: World) -> Iterator[Finding]:
    """The folder and its key, then every used secret's file. Files of secrets nobody uses any more are kept."""
    names = tuple(used(world.mac))
    yield from not_given(world.mac)
    if names:
        yield from folder_changes(seen)
    for name in names:
        yield from secret_findings(name, wanted.of(name), seen.of(name), world.mac)


def asks(wanted: Secrets, mac: Mac) -> Mapping[str, str]:
    """The shell variables of `files/probe/secret.sh`. The values among them go to the Mac on standard input only."""
    given = {name: mac.given[name].value for name in from_elsewhere(mac) if name in mac.given}
    lines = [f"{name} {base64.b64encode(value.encode()).decode()}\n" for name, value in given.items() if value]
    return {
        "CF_SECRET_NAMES": " ".join(used(mac)),
        "CF_SECRET_GIVEN": "".join(lines),
        "CF_SECRET_LOOK": script_text("secret/look.pl"),
    }


def check(wanted: Secrets, mac: Mac) -> Iterator[Problem]:
    """Secrets that cannot be made up: a registry's password, the same on every Mac, and the hashes it compares with."""
    password = mac.registry.password if mac.registry else None
    if password is not None and wanted.of(password).source == "generate":
        what = f"the password of the registry, `{password}`, is a generated one"
        why = "that is another on each Mac, and a registry knows one"
        write = f"write `secrets: {{{password}: {{source: env, name: LAB_REGISTRY_PASSWORD}}}}`"
        yield Problem(("registry", "password"), what, why, write)
    for name in (name for name in htpasswds(mac) if wanted.of(name).source == "generate"):
        what = f"the secret `{name}`, by which a registry knows who logs in, is a generated one"
        why = "it is a file of hashes: `htpasswd -nB USER` prints a line of it"
        write = f"write `secrets: {{{name}: {{source: file, name: registry.htpasswd}}}}`"
        yield Problem(("secrets", name), what, why, write)


def parts(wanted: Secrets, mac: Mac) -> Mapping[str, Any]:
    """Each used secret by where it comes from, never by its value."""
    return {f"secret.{name}": wanted.of(name).model_dump(mode="json") for name in used(mac)}


RESOURCE: Resource[Secrets, SecretsSeen] = Resource(
    "secret",
    "secrets",
    Secrets,
    read,
    differences,
    asks=asks,
    check=check,
    parts=parts,
    places=lambda wanted, mac: ("~/.config/carbon-fleet/secrets/",),
)
