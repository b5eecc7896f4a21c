"""Podman's image store as far as images of ours go: what builds and removals make of it."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import strategies as st

from carbon_fleet import assets
from carbon_fleet.plan import Change, Command
from operations.image import ImageSeen, ImagesSeen
from operations.image.recipe import LABEL
from operations.image.room import script
from operations.image.wish import Image, Images

NAMES = ("venus", "vulkan-check")
DIGESTS = st.sampled_from(["a" * 64, "b" * 64, "c" * 64])


def strategy_wanted() -> st.SearchStrategy[Images]:
    """Any wish of `images:`."""
    bases = st.sampled_from([None, "docker.io/library/debian:13"])
    built = st.builds(Image, base=bases, args=st.dictionaries(st.sampled_from(["A", "B"]), st.sampled_from(["1", "2"])))
    image = built | st.builds(
        Image, pull=st.sampled_from([f"docker.io/carbon/x@sha256:{digit * 64}" for digit in "12"])
    )
    return st.dictionaries(st.sampled_from(NAMES), image).map(Images)


def strategy_seen(tags: tuple[str, ...] = ()) -> st.SearchStrategy[ImagesSeen]:
    """Any store; `tags` are those that happen to be wished too. A tag is on one image only."""
    old = tuple(f"localhost/carbon-fleet/{name}:{digit * 16}" for name in NAMES for digit in "ab")
    foreign = ("docker.io/library/debian:13",)
    image = st.tuples(DIGESTS, st.sets(st.sampled_from((*tags, *old, *foreign)), max_size=2), st.integers(0, 2))
    return st.lists(image, max_size=5).map(_store)


def _store(drawn: list[tuple[str, set[str], int]]) -> ImagesSeen:
    taken: set[str] = set()
    store = []
    for number, (inputs, tags, containers) in enumerate(drawn):
        store.append(ImageSeen(f"image-{number}", inputs, tuple(sorted(tags - taken)), containers))
        taken |= tags
    return tuple(store)


def apply(seen: ImagesSeen, change: Change) -> ImagesSeen:
    """What the store is after the commands of a Change have run, or what is to be brought has come."""
    if change.bring is not None:
        brought = ImageSeen(f"built-{change.bring.inputs}", change.bring.inputs, (change.bring.tag,))
        rest = [_untagged(image, change.bring.tag) for image in seen]
        return (brought, *(image for image in rest if image.id != brought.id))
    for command in change.commands:
        seen = run(seen, command)
    return seen


def run(seen: ImagesSeen, command: Command) -> ImagesSeen:
    """What the store is after one command."""
    if command.argv[:2] == ("/bin/sh", "-c") and command.argv[2] == assets.text("image/build.sh"):
        return _build(seen, command.argv[4:])
    if command.argv[:2] == ("/bin/sh", "-c") and command.argv[2] == script("pull"):
        return _pull(seen, *command.argv[4:6])
    if command.argv[:2] == ("/bin/sh", "-c") and command.argv[2] == script("registry/hand-out"):
        return _push(seen, command.argv[4], command.argv[6])
    if command.argv[:3] == ("podman", "image", "rm"):
        for name in command.argv[3:]:
            seen = _remove(seen, name)
        return seen
    raise AssertionError(f"no model of {command}")


def _build(seen: ImagesSeen, argv: tuple[str, ...]) -> ImagesSeen:
    assert argv[1:3] == ("podman", "build")
    options = dict(pairwise(argv[3:]))
    tag, (label, _, inputs) = options["--tag"], options["--label"].partition("=")
    assert label == LABEL
    built = ImageSeen(f"built-{inputs}", inputs, (tag,))
    return (built, *(_untagged(image, tag) for image in seen if image.id != built.id))


def _pull(seen: ImagesSeen, reference: str, tag: str) -> ImagesSeen:
    there = next((image for image in seen if reference in image.tags), None)
    pulled = there or ImageSeen(f"pulled-{reference}", "elsewhere", (reference,), digests=(reference,))
    rest = [_untagged(image, tag) for image in seen if image.id != pulled.id]
    return (replace(pulled, tags=tuple(dict.fromkeys((*pulled.tags, tag)))), *rest)


def _push(seen: ImagesSeen, tag: str, target: str) -> ImagesSeen:
    """podman keeps the name by digest under which the image came back from the registry."""
    name = f"{target.rpartition(':')[0]}@sha256:{'9' * 64}"
    assert any(tag in image.tags for image in seen), "podman pushes what is there"
    return tuple(
        replace(image, tags=tuple(dict.fromkeys((*image.tags, name)))) if tag in image.tags else image for image in seen
    )


def _remove(seen: ImagesSeen, tag: str) -> ImagesSeen:
    (image,) = [image for image in seen if tag in image.tags]
    assert not image.containers, "podman refuses to remove an image in use"
    rest = _untagged(image, tag)
    return tuple(rest if each is image else each for each in seen if each is not image or rest.tags)


def _untagged(image: ImageSeen, tag: str) -> ImageSeen:
    return replace(image, tags=tuple(each for each in image.tags if each != tag))
