"""What keeps a Mac's secrets from being what they should be, in words."""

from collections.abc import Iterator

from carbon_fleet.plan import Refusal
from carbon_fleet.spec import Mac
from operations.stack.secrets import from_elsewhere, used


def not_given(mac: Mac) -> Iterator[Refusal]:
    """Values from elsewhere that could not be had; one that no verb looked up is not judged."""
    users = used(mac)
    for name in from_elsewhere(mac):
        given = mac.given.get(name)
        if given is not None and given.value is None:
            why = f"{', '.join(users[name])} cannot do without it"
            yield Refusal(f"secret.{name}", "SECRET_NOT_GIVEN", given.what, why, given.write)


def not_ours(address: str, path: str, owner: str) -> Refusal:
    """A file of ours that belongs to somebody else."""
    what, why = f"`{path}` belongs to {owner}", "its owner can read and change what lies there"
    return Refusal(address, "SECRET_NOT_OURS", what, why, f"give it back, as an administrator: sudo chown $USER {path}")


def not_a_file(address: str, path: str, kind: str) -> Refusal:
    """Something else than a file where a secret is kept."""
    why = "writing it would destroy, or lead to, what somebody put there on purpose"
    return Refusal(
        address, "FILE_NOT_REGULAR", f"`{path}` is a {kind}, not a regular file", why, f"mv {path} {path}.before"
    )


def not_a_folder(path: str, kind: str) -> Refusal:
    """Something else than a folder where secrets are kept."""
    why = "secrets lie in a folder of their own"
    return Refusal(
        "secret", "FILE_NOT_REGULAR", f"`{path}` is a {kind} file, no folder", why, f"mv {path} {path}.before"
    )
