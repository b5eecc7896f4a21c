"""Images that go through the lab's registry: what is wished, what differs, what is refused, what the commands are."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from carbon_fleet.plan import Action, Bring, Change
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.spec import Mac, Registry
from operations.image import ImageSeen, ImagesSeen, check, through
from operations.image.door import Door, door
from operations.image.foreign import pulls
from operations.image.publish import push
from operations.image.recipe import LABEL, recipes
from operations.image.room import script
from operations.image.through import HandedOut, Taken
from operations.image.wish import Images
from operations.secret import check as check_secrets
from operations.secret.wish import Secrets
from operations.stack.secrets import used
from tests.unit.model.image import apply as modelled
from tests.unit.operations.made_images import TINY, forget, make_project
from tests.unit.operations.test_image import a_mac, seen_of
from tests.unit.operations.test_image import changes as image_changes
from tests.unit.operations.test_image_converges import looked_at

AT = "10.0.0.1:5000/carbon"
OPEN = Registry(at=AT)
CLOSED = Registry(at=AT, insecure=True, user="lab", password="registry-password")
DIGEST = f"sha256:{'d' * 64}"


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    yield make_project(monkeypatch, tmp_path / "project", TINY)
    forget()


def changes(mac: Mac, seen: ImagesSeen) -> list[Change]:
    """What the image resource finds, then what the stack resource, the last one, finds of images."""
    return [*image_changes(mac, seen), *through.push_changes(seen, mac)]


def builder(registry: Registry | None = OPEN) -> Mac:
    mac = a_mac(stacks='["pair"]')
    sections = {**mac.sections, "secrets": Secrets({})}
    return replace(mac, name="mac-01", registry=registry, builds_for=("mac-02", "mac-03"), sections=sections)


def receiver(registry: Registry | None = OPEN) -> Mac:
    return replace(builder(registry), name="mac-02", builds_for=(), build_on="mac-01", builder=builder(OPEN))


def pushed(mac: Mac, at: str = AT) -> ImagesSeen:
    name = f"{at}/top-most@{DIGEST}"
    return tuple(replace(i, tags=(*i.tags, name)) if i.id == "id-top-most" else i for i in seen_of(mac))


def test_a_builder_pushes_what_it_built_but_not_what_that_is_made_from() -> None:
    mac = builder()
    built = changes(mac, ())
    assert [(c.address, c.action) for c in built] == [
        ("image.base", Action.CREATE),
        ("image.top-most", Action.CREATE),
        ("image.top-most", Action.RUN),
    ]
    (change,) = changes(mac, seen_of(mac))
    assert [(a.name, a.before, a.after) for a in change.attributes] == [("pushed", None, AT)]
    assert change.reason == "others bring top-most from the registry: mac-02, mac-03"
    (command,) = change.commands
    tag = recipes(mac)[1].tag
    words = (tag, LABEL, f"{AT}/top-most:{tag.rpartition(':')[2]}", "", "no", "no")
    assert command.argv == ("/bin/sh", "-c", script("registry/hand-out"), "sh", *words)
    assert changes(mac, pushed(mac)) == []


def test_what_was_pushed_elsewhere_is_pushed_here_and_then_nothing_is_left() -> None:
    mac = builder()
    for seen in ((), seen_of(mac), pushed(mac, "other.example/carbon")):
        for change in changes(mac, seen):
            seen = modelled(seen, change)
        assert changes(mac, seen) == []


def test_nobody_pushes_who_builds_for_nobody_or_has_no_registry() -> None:
    assert changes(replace(builder(), builds_for=()), seen_of(builder())) == []
    assert changes(builder(None), seen_of(builder())) == []


def test_the_others_bring_it_and_are_told_through_what() -> None:
    (change,) = changes(receiver(), ())
    assert change.reason == f"top-most has to be brought from mac-01, which builds it, through {AT}"
    assert changes(receiver(), modelled((), change)) == []
    (streamed,) = changes(receiver(None), ())
    assert streamed.reason == "top-most has to be brought from mac-01, which builds it"


def test_a_login_goes_from_the_macs_own_copy_into_the_machine_and_into_no_argument() -> None:
    mac = receiver(CLOSED)
    way = door(mac, f"{AT}/x@{DIGEST}")
    assert way.words == ("lab", "yes")
    assert way.fed[-2:] == ("tell", "registry-password")
    assert door(mac, "10.0.0.1:5001/x") == door(mac, "docker.io/x") == door(receiver(), f"{AT}/x") == Door()
    handed = HandedOut("1" * 64, "f" * 64, "arm64", DIGEST, {DIGEST: 7, f"sha256:{'e' * 64}": 9})
    bring = Bring("localhost/carbon-fleet/x:1", "f" * 64, "mac-01", 60)
    command = through.take(bring, handed, mac)
    blobs = f"{DIGEST}=7 sha256:{'e' * 64}=9"
    words = (f"{AT}/x@{DIGEST}", "1" * 64, bring.tag, LABEL, bring.inputs, blobs, "arm64", "lab", "yes")
    assert command.argv == ("/bin/sh", "-c", script("registry/take"), "sh", *words)
    assert (command.fed, command.deadline, command.codes) == (way.fed, 60, {88: "NO_ROOM"})
    assert used(mac)["registry-password"] == ("registry",)
    assert "registry-password" not in used(receiver())


def test_every_other_way_to_that_registry_has_the_login_too() -> None:
    mac = replace(receiver(CLOSED), builder=None)
    (fetch,) = pulls([(f"{AT}/some/thing:1", "s/c")], (), looked_at(mac, ()))
    assert fetch.commands[0].argv[3:] == ("sh", f"{AT}/some/thing:1", "lab", "yes")  # type: ignore[union-attr]
    assert fetch.commands[0].fed[-1] == "registry-password"  # type: ignore[union-attr]
    sent = push(recipes(mac)[0], AT, (), mac)
    assert (sent.argv[5:7], sent.fed[-1]) == (("lab", "yes"), "registry-password")


def test_the_answers_are_read_or_refused() -> None:
    answer = (f"id {'1' * 64}", f"inputs {'f' * 64}", "architecture arm64", f"digest {DIGEST}", f"blob {DIGEST} 7")
    found = HandedOut("1" * 64, "f" * 64, "arm64", DIGEST, {DIGEST: 7})
    assert through.handed_out_in(answer) == found
    assert through.handed_out_in(("missing",)) is None
    for broken in ((), answer[1:], (*answer[:3], "digest none"), (*answer, "blob x many")):
        with pytest.raises(Unreadable):
            through.handed_out_in(broken)
    assert through.taken_in(("came 7", "all 9")) == Taken(7, 9)
    assert (Taken(7, 9).kept, Taken(10, 9).kept) == (2, 0)
    for short in ((), ("came 7",), ("came x", "all 9")):
        with pytest.raises(Unreadable):
            through.taken_in(short)


def test_a_builder_that_pushes_elsewhere_and_a_generated_password_are_mistakes() -> None:
    def faults(mac: Mac) -> list[str]:
        found = [*check(mac.section("images", Images), mac), *check_secrets(mac.section("secrets", Secrets), mac)]
        return [f"{'.'.join(map(str, one.path))}: {one.what}" for one in found]

    assert faults(receiver()) == faults(receiver(None)) == faults(builder()) == []
    other = "registry: `mac-01`, which builds for this Mac, has another `registry`"
    generated = "registry.password: the password of the registry, `registry-password`, is a generated one"
    assert faults(receiver(CLOSED)) == [other, generated]
    said = Secrets.model_validate_json('{"registry-password": {"source": "env", "name": "X"}}')
    mac = builder(CLOSED)
    assert faults(replace(mac, sections={**mac.sections, "secrets": said})) == []


def test_seen_images_without_names_are_nobodys() -> None:
    assert [c.address for c in changes(builder(), (ImageSeen("x", ""), *seen_of(builder())))] == ["image.top-most"]
