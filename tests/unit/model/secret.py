"""A Mac's secrets and podman's copies in memory: what each command makes of them.

`seen` and `copies` are what the two sections would say. A container that is made now is made with what podman has.
"""

import base64
import hashlib
from dataclasses import dataclass, field, replace

from hypothesis import strategies as st

from carbon_fleet import assets
from carbon_fleet.plan import Change, Command, Where
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot
from operations.secret.machine import CopiesSeen
from operations.secret.seen import SecretSeen, SecretsSeen

NAMES = ("jupyter-token", "given", "other")
GIVEN = "the given value"
KEYS = st.sampled_from(["key-1", "key-2", ""])


def fingerprint(key: str, value: str) -> str:
    """A word that is another one for another key or value."""
    return hashlib.sha256(f"{key}:{value}".encode()).hexdigest()


@dataclass(frozen=True)
class Model:
    """The folder's mode (empty: absent), the key, files as (value, mode), podman's copies and labels by fingerprint."""

    folder: str = ""
    key: str = ""
    files: dict[str, tuple[str, str]] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    made: int = 0

    def print(self, name: str) -> str:
        """The fingerprint of a file."""
        value = self.files[name][0]
        return fingerprint(self.key, value) if self.key and value else ""

    def seen(self) -> SecretsSeen:
        """What the `secret` section would say."""
        files = {name: self._file(name) for name in NAMES}
        folder = SecretSeen("directory", self.folder) if self.folder else SecretSeen()
        return SecretsSeen(folder, bool(self.key), files)

    def _file(self, name: str) -> SecretSeen:
        if name not in self.files:
            return SecretSeen()
        value, mode = self.files[name]
        given = ("same" if value == GIVEN else "other") if name == "given" and value else ""
        return SecretSeen("regular" if value else "empty", mode, "", self.print(name), given)

    def snapshot(self) -> Snapshot:
        """A look that has the `secret` section, which the machine's part reads."""
        seen = self.seen()
        told = [f"secret {n} {one.kind} 600 - {one.fingerprint or '-'} -" for n, one in seen.secrets.items()]
        section = Section("secret", blocks={"secrets": Block("secrets", 0, tuple(told))})
        return Snapshot("m", {"secret": section}, Guest.REACHED)

    def copies_seen(self) -> CopiesSeen:
        """What the `stack` section would say of secrets."""
        return CopiesSeen(self.copies, self.labels)


def strategy() -> st.SearchStrategy[Model]:
    """Any Mac and machine, however half-done."""
    names = st.sampled_from([*NAMES, "left"])
    value = st.sampled_from(["", GIVEN, "old"])
    prints = st.sampled_from([*(fingerprint("key-1", each) for each in ("old", GIVEN)), "older", ""])
    files = st.dictionaries(names, st.tuples(value, st.sampled_from(["0600", "0644"])))
    model = st.builds(
        Model,
        st.sampled_from(["", "0700", "0755"]),
        KEYS,
        files,
        st.dictionaries(names, prints),
        st.dictionaries(names, prints),
    )
    return model.map(lambda one: one if one.folder else replace(one, key="", files={}))


def apply(model: Model, change: Change) -> Model:
    """What is there after a Change's commands."""
    for command in change.commands:
        model = run(model, command)
    return model


def run(model: Model, command: Command) -> Model:
    """What is there after one command; a command that would fail is an AssertionError."""
    shell, flag, script, _, verb, *words = command.argv
    assert (shell, flag) == ("/bin/sh", "-c")
    if command.where is Where.GUEST:
        assert script == assets.text("secret/machine.sh")
        return _in_machine(model, verb, words[0], command)
    assert script == assets.text("secret/mac.sh")
    if verb == "prepare":
        return replace(model, folder="0700", key=model.key or "key-new")
    assert model.folder, "there is no folder to write into"
    return _on_mac(model, verb, words[0], command)


def _on_mac(model: Model, verb: str, name: str, command: Command) -> Model:
    value, mode = model.files.get(name, ("", ""))
    if verb == "close":
        assert value
        return replace(model, files={**model.files, name: (value, "0600")})
    if verb == "keep":
        encoded, end, rest = (command.stdin or "").split("\n")
        assert (end, rest) == (".", "")
        new = base64.b64decode(encoded).decode()
    else:
        assert verb == "make"
        new = value or f"made-{model.made}"
    kept = mode if verb == "make" and value else "0600"
    return replace(model, files={**model.files, name: (new, kept)}, made=model.made + 1)


def _in_machine(model: Model, verb: str, name: str, command: Command) -> Model:
    if verb == "drop":
        left, labels = ({k: v for k, v in each.items() if k != name} for each in (model.copies, model.labels))
        return replace(model, copies=left, labels=labels)
    assert verb == "take"
    assert command.fed[2:] == (assets.text("secret/mac.sh"), "sh", "tell", name)
    print_ = model.print(name)
    assert print_, "there is nothing to hand on"
    return replace(model, copies={**model.copies, name: print_}, labels={**model.labels, name: print_})
