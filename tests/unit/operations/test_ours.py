"""Files of somebody's: none is overwritten unasked, all are named at once, each with the command that renames it."""

import base64
import json
from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.plan import Change, Finding, Refusal, World
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot
from carbon_fleet.snapshot.files import FileSeen
from carbon_fleet.spec import Mac
from operations import guest, provider
from operations.guest import Guest as GuestWish
from operations.guest import GuestSeen
from operations.image.wish import Images
from operations.machine import Machine
from operations.model.wish import Models
from operations.preflight import files
from operations.provider import Provider, ProviderSeen
from operations.secret.wish import Secrets
from operations.stack.files import strangers as of_units
from operations.stack.quadlet import units
from operations.stack.seen import StackSeen
from operations.stack.wish import Stacks

DROP_IN = "/Users/lab/.config/containers/containers.conf.d/50-carbon-fleet.conf"
CONF = "/etc/sysctl.d/90-lab.conf"
WISH = GuestWish.model_validate({"files": {CONF: {"content": "a = 1\n"}, "/etc/motd": {"content": "hello\n"}}})


def record(*parts: str) -> Section:
    """What the probe says of what was last applied; without `parts` that nothing was."""
    if not parts:
        return Section("record", facts={"file": ("absent /r.json",)})
    empty: dict[str, Any] = {"run": "r", "when": "w", "by": "b", "spec": "s", "version": "v", "lock": None}
    text = json.dumps({"format_version": 1, **empty, "parts": dict.fromkeys(parts, "0"), "versions": {}})

    block = Block("file /r.json", 0, (base64.b64encode(text.encode()).decode(),))
    return Section("record", facts={"file": ("regular 600 lab staff /r.json",)}, blocks={"file /r.json": block})


def world(*parts: str, **sections: Any) -> World:
    wishes = {"guest": WISH, "provider": Provider(), "machine": Machine(), "stacks": Stacks(), "images": Images()}
    wishes |= {"secrets": Secrets(), "models": Models()}
    machine = Section("machine", facts={"name": ("carbon",)})
    seen = {"record": record(*parts), "machine": machine, **sections}
    return World(Mac("mac-01", user="lab", sections=wishes), Snapshot("mac-01", seen, Guest.REACHED))


def file(path: str, content: str) -> FileSeen:
    return FileSeen(path, "regular", "0644", "root", "root", content.encode())


def inside(**contents: str) -> GuestSeen:
    return GuestSeen(render="char", files={path: file(path, text) for path, text in contents.items()})


def refused(found: list[Finding]) -> list[Refusal]:
    return [finding for finding in found if isinstance(finding, Refusal)]


def test_files_of_others_are_all_named_with_the_command_that_renames_each() -> None:
    seen = inside(**{CONF: "theirs\n", "/etc/motd": "theirs too\n"})
    (refusal,) = refused(list(guest.differences(WISH, seen, world())))
    assert (refusal.code, refusal.address) == ("FILES_NOT_OURS", "guest.files")
    assert refusal.what == f"somebody else wrote what would be overwritten: `/etc/motd`, `{CONF}`"
    assert refusal.remedy.startswith(
        "look at it, and rename it: podman machine ssh --username root carbon 'mv /etc/motd "
    )
    assert f"'mv {CONF} {CONF}.before-carbon-fleet'" in refusal.remedy


@pytest.mark.parametrize(
    ("seen", "parts"),
    [
        (inside(), ()),
        (inside(**{CONF: "a = 1\n"}), ()),
        (inside(**{CONF: "theirs\n"}), (f"guest.file.{CONF}",)),
        (replace(inside(**{CONF: "theirs\n"}), stock=frozenset({CONF})), ()),
    ],
    ids=["absent", "as wished already", "ours, and changed since", "as the system brings it"],
)
def test_what_is_nobodys_is_written(seen: GuestSeen, parts: tuple[str, ...]) -> None:
    found = list(guest.differences(WISH, seen, world(*parts)))
    assert refused(found) == []
    assert any(isinstance(one, Change) and one.address == "guest.file./etc/motd" for one in found)


def test_overwrite_says_that_it_may_go() -> None:
    wish = GuestWish.model_validate({"files": {CONF: {"content": "a = 1\n", "overwrite": True}}})
    (change,) = list(guest.differences(wish, inside(**{CONF: "theirs\n"}), world()))
    assert isinstance(change, Change)


@pytest.mark.parametrize(
    ("content", "whose"),
    [
        (f"{provider.MARK}; of another version\n[machine]\n", "ours"),
        ('[machine]\nprovider = "applehv"\n', "theirs"),
    ],
)
def test_the_drop_in_is_known_by_its_mark(content: str, whose: str) -> None:
    found = list(provider.differences(Provider(), ProviderSeen(file(DROP_IN, content), {}), world()))
    assert [one.code for one in refused(found)] == (["FILES_NOT_OURS"] if whose == "theirs" else [])
    if whose == "theirs":
        assert refused(found)[0].remedy.endswith(f"mv {DROP_IN} {DROP_IN}.before-carbon-fleet")


def test_without_a_drop_in_wished_none_is_looked_at() -> None:
    wish = Provider(drop_in=None)
    seen = ProviderSeen(file(DROP_IN, "theirs"), {"CONTAINERS_CONF": "x"})
    assert list(provider.differences(wish, seen, world())) == []
    assert provider.RESOURCE.asks(wish, Mac("mac-01")) == {"CF_PROVIDER_DROP_IN": ""}


def test_a_unit_is_known_by_our_label() -> None:
    wanted = Stacks.model_validate(({"name": "shop", "containers": {"web": {"image": "docker.io/library/nginx:1"}}},))
    at = world()
    at = replace(at, mac=replace(at.mac, sections={**at.mac.sections, "stacks": wanted}))
    (unit,) = units(wanted, at.mac)
    theirs = StackSeen(files={unit.path: file(unit.path, "[Container]\nImage=mine\n")})
    older = StackSeen(files={unit.path: file(unit.path, unit.text + "# older\n")})
    assert [one.path for one in of_units([unit], theirs, at)] == [unit.path]
    assert of_units([unit], older, at) == ()
    assert of_units([unit], theirs, replace(world(unit.address), mac=at.mac)) == ()


def test_a_record_that_cannot_be_read_vouches_for_nothing() -> None:
    broken = Section("record", facts={"file": ("link /r.json",)})
    (refusal,) = refused(list(guest.differences(WISH, inside(**{CONF: "theirs\n"}), world(record=broken))))
    assert refusal.code == "FILES_NOT_OURS"


def test_preflight_names_the_files_of_all_resources_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = inside(**{CONF: "theirs\n"})
    monkeypatch.setattr(guest, "RESOURCE", replace(guest.RESOURCE, read=lambda section: seen))
    drop_in = ProviderSeen(file(DROP_IN, "theirs\n"), {})
    monkeypatch.setattr(provider, "RESOURCE", replace(provider.RESOURCE, read=lambda section: drop_in))
    (refusal,) = refused(list(files.differences(world(guest=Section("guest"), provider=Section("provider")))))
    assert (refusal.address, refusal.code) == ("preflight.files", "FILES_NOT_OURS")
    assert f"`{DROP_IN}`, `{CONF}`" in refusal.what
    monkeypatch.setattr(files, "_anew", lambda world: True)
    (refusal,) = refused(list(files.differences(world(guest=Section("guest"), provider=Section("provider")))))
    assert CONF not in refusal.what, "what is in a machine that is made anew is at stake, not overwritten"
