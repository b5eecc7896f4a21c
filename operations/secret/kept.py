"""The differences of the Mac's own copies of secrets: `~/.config/carbon-fleet/secrets`, and a file each."""

import base64
from collections.abc import Iterator

from carbon_fleet import assets
from carbon_fleet.plan import Action, Attribute, Change, Command, Finding, mac, shell
from carbon_fleet.spec import Mac
from operations.secret.refusals import not_a_file, not_a_folder, not_ours
from operations.secret.seen import SecretSeen, SecretsSeen
from operations.secret.wish import Secret

FOLDER = "~/.config/carbon-fleet/secrets"
CLOSED = {"folder": "0700", "file": "0600"}


def on_mac(verb: str, *arguments: str, stdin: str | None = None, says: str = "") -> Command:
    """A verb of `files/secret/mac.sh`."""
    return mac(*shell(assets.text("secret/mac.sh"), verb, *arguments), stdin=stdin, says=says)


def folder_changes(seen: SecretsSeen) -> Iterator[Finding]:
    """The folder only the login user can enter, and the key by which copies are compared."""
    folder = seen.folder
    if folder.kind not in ("absent", "directory"):
        yield not_a_folder(FOLDER, folder.kind)
    elif folder.owner:
        yield not_ours("secret", FOLDER, folder.owner)
    else:
        mode = () if folder.mode == CLOSED["folder"] else (Attribute("mode", folder.mode or None, CLOSED["folder"]),)
        key = () if seen.key else (Attribute("key", "absent", "there"),)
        if mode or key:
            reason = "secrets lie in a folder only their user can enter, beside the key by which copies are compared"
            action = Action.CREATE if folder.kind == "absent" else Action.UPDATE
            yield Change("secret", action, (*mode, *key), reason, (on_mac("prepare", says=f"prepare {FOLDER}"),))


def secret_findings(name: str, wanted: Secret, seen: SecretSeen, of: Mac) -> Iterator[Finding]:
    """One secret's file: there, the same as elsewhere where it comes from there, its user's, and closed to others."""
    address, path = f"secret.{name}", f"{FOLDER}/{name}"
    if seen.kind not in ("absent", "empty", "regular"):
        yield not_a_file(address, path, seen.kind)
    elif seen.owner:
        yield not_ours(address, path, seen.owner)
    elif seen.kind != "regular":
        yield from _missing(name, wanted, of)
    else:
        if seen.given == "other":
            value = (Attribute("value", "another one", "the given one"),)
            yield Change(address, Action.UPDATE, value, f"{_source(wanted)} has another value now", (_keep(name, of),))
        if seen.mode != CLOSED["file"]:
            mode = (Attribute("mode", seen.mode, CLOSED["file"]),)
            command = on_mac("close", name, says=f"close {path} to others")
            yield Change(address, Action.UPDATE, mode, "nobody but its user may read it", (command,))


def _missing(name: str, wanted: Secret, of: Mac) -> Iterator[Change]:
    if wanted.source == "generate":
        command = on_mac("make", name, str(wanted.length), says=f"make the secret {name}")
        reason = "it is made on the Mac, and stays there"
    elif name in of.given:
        command, reason = _keep(name, of), f"it comes from {_source(wanted)}"
    else:
        return
    attributes = (Attribute("value", None, "there"), Attribute("mode", None, CLOSED["file"]))
    yield Change(f"secret.{name}", Action.CREATE, attributes, reason, (command,))


def _keep(name: str, of: Mac) -> Command:
    """The given value, on standard input. Without one, which is refused anyway, nothing arrives and nothing is kept."""
    value = of.given[name].value or ""
    stdin = f"{base64.b64encode(value.encode()).decode()}\n.\n"
    return on_mac("keep", name, stdin=stdin, says=f"keep the secret {name}")


def _source(wanted: Secret) -> str:
    named = {"env": "the variable", "file": "the file", "sops": "the sops file", "keychain": "the keychain's service"}
    return f"{named[wanted.source]} {wanted.name}"
