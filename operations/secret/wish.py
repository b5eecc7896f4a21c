"""What a lab file may say of secrets: where each comes from. Their values never stand in it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from carbon_fleet.spec import Name, RootWish, Text, Wish, mistake

LENGTH = 32
"""Letters of a generated secret: of 57 different ones, 186 bits."""
Source = Literal["generate", "env", "file", "keychain", "sops"]
_NEEDS = {
    "env": ("name", "the variable", "name: LAB_PASSWORD"),
    "file": ("name", "the file's path", "name: /run/keys/password"),
    "keychain": ("name", "the service", "name: carbon-lab"),
    "sops": ("name", "the file's path", "name: secrets.yml"),
}
_KEYED = ("keychain", "sops")


class Secret(Wish):
    """Where one secret comes from."""

    source: Source = "generate"
    """`generate` makes a strong one on the Mac, once; the others read it where carbon-fleet runs."""
    name: Text | None = None
    """The variable (`env`), the path (`file`, `sops`), or the service in the keychain (`keychain`)."""
    key: Text | None = None
    """`sops`: the key in the file, as `[\"a\"][\"b\"]`; `keychain`: the account."""
    length: int = Field(default=LENGTH, ge=8, le=128)
    """`generate`: how many letters; below 28 they are fewer than 160 bits. Changed by `carbon-fleet secret rotate`."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        """What is said must be what its source reads."""
        needed = _NEEDS.get(self.source)
        if needed and getattr(self, needed[0]) is None:
            raise mistake(
                f"`source: {self.source}` without `{needed[0]}`", f"it is {needed[1]}", f"write `{needed[2]}`"
            )
        if self.source == "sops" and self.key is None:
            why = "one secret is one value of the file"
            raise mistake("`source: sops` without `key`", why, 'write such as `key: \'["redis"]["password"]\'`')
        for word, meant in (("name", needed is not None), ("key", self.source in _KEYED)):
            if not meant and getattr(self, word) is not None:
                write = f"leave it out; where a group or `defaults` says it, write `{word}: null`"
                raise mistake(f"`{word}` says nothing beside `source: {self.source}`", write=write)
        if self.source != "generate" and "length" in self.model_fields_set:
            raise mistake(
                f"`length` says nothing beside `source: {self.source}`", "only a made one has it", "leave it out"
            )
        return self


class Secrets(RootWish[dict[Name, Secret]]):
    """Secrets of a Mac by name. One that a stack uses and nobody names here is generated."""

    root: dict[Name, Secret] = Field(default_factory=dict)

    def of(self, name: str) -> Secret:
        """Where the secret `name` comes from, said or not."""
        return self.root.get(name, Secret())
