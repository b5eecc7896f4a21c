"""What a lab file may say of secrets: where each comes from. Their values never stand in it."""

from typing import Literal

from pydantic import Field

from carbon_fleet.spec import Name, RootWish, Text, Wish

PREFIX = "carbon-fleet-"
"""Podman's secrets of ours begin with it."""


class Secret(Wish):
    """Where one secret comes from."""

    source: Literal["generate", "env", "file", "keychain", "sops"] = "generate"
    """`generate` makes a strong one on the Mac, once; the others read it where carbon-fleet runs."""
    name: Text | None = None
    """The variable (`env`), the path (`file`, `sops`), or the service in the keychain (`keychain`)."""
    key: Text | None = None
    """`sops`: the key in the file, as `[\"a\"][\"b\"]`; `keychain`: the account."""


class Secrets(RootWish[dict[Name, Secret]]):
    """Secrets of a Mac by name. One that a stack uses and nobody names here is generated."""

    root: dict[Name, Secret] = Field(default_factory=dict)

    def of(self, name: str) -> Secret:
        """Where the secret `name` comes from, said or not."""
        return self.root.get(name, Secret())


def option(target: str, name: str) -> str:
    """Podman's `--secret` value that puts the secret `name` into a variable, or into the file at a path."""
    if target.startswith("/"):
        return f"{PREFIX}{name},type=mount,target={target},mode=0444"
    return f"{PREFIX}{name},type=env,target={target}"
