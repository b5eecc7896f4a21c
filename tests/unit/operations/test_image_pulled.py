"""Images brought in by digest: what is asked of a wish, what differs, and what the script makes of podman's answers."""

import subprocess
from pathlib import Path

import pytest
from pydantic import ValidationError

from carbon_fleet.plan import Action
from operations.image import ImageSeen, check
from operations.image.leftovers import leftovers
from operations.image.recipe import recipes
from operations.image.room import script
from operations.image.wish import Image, Images
from tests.unit.operations.run_section import SHELLS
from tests.unit.operations.test_image import a_mac, changes
from tests.unit.operations.test_image_converges import looked_at

DIGEST = "sha256:" + "1" * 64
REFERENCE = f"registry.example/carbon/venus@{DIGEST}"
WISH = f'{{"venus": {{"pull": "{REFERENCE}", "pull_timeout": "5m"}}}}'


@pytest.mark.parametrize(
    "text", ["venus", "registry.example/carbon/venus:1", "venus@sha256:" + "1" * 64, f"r/x@{DIGEST}0"]
)
def test_a_reference_without_a_digest_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValidationError, match="is not an image by its digest"):
        Image(pull=text)


def test_nothing_there_is_brought_in_and_nothing_is_built() -> None:
    mac = a_mac(WISH.replace("venus", "vulkan-check"), '["vulkan-check"]')
    (change,) = changes(mac, ())
    (recipe,) = recipes(mac)
    assert (change.address, change.action) == ("image.vulkan-check", Action.CREATE)
    reference = REFERENCE.replace("venus", "vulkan-check")
    assert [(a.name, a.before, a.after) for a in change.attributes] == [
        ("pull", None, reference),
        ("tag", None, recipe.tag),
    ]
    (command,) = change.commands
    assert command.argv == (
        "/bin/sh",
        "-c",
        script("pull"),
        "sh",
        reference,
        recipe.tag,
        "io.carbon-fleet.inputs",
        "",
        "no",
    )
    assert (command.where, command.deadline) == ("guest", 300)


def test_what_it_is_made_from_is_built_only_for_others() -> None:
    wish = f'{{"vulkan-check": {{"pull": "{REFERENCE}"}}, "venus": {{}}}}'
    assert [(recipe.name, recipe.pull) for recipe in recipes(a_mac(wish))] == [
        ("vulkan-check", REFERENCE),
        ("venus", None),
    ]


def test_drift_is_told_by_attribute() -> None:
    mac = a_mac(WISH)
    (recipe,) = recipes(mac)
    other, old = f"registry.example/carbon/venus@sha256:{'2' * 64}", "localhost/carbon-fleet/venus:0000000000000000"
    assert changes(mac, (ImageSeen("a", "any", (recipe.tag, REFERENCE), digests=(REFERENCE,)),)) == []
    for seen, attributes in (
        (ImageSeen("a", "any", (recipe.tag,), digests=(other,)), [("pull", other)]),
        (ImageSeen("a", "any", (recipe.tag,)), [("pull", "a")]),
        (ImageSeen("a", "any", (old,)), [("pull", old), ("tag", old)]),
        (ImageSeen("a", "any", (REFERENCE,), digests=(REFERENCE,)), [("pull", None), ("tag", None)]),
    ):
        (change,) = changes(mac, (seen,))
        assert [(a.name, a.before) for a in change.attributes] == attributes


def test_another_digest_is_another_tag_and_the_old_image_goes_by_all_its_names() -> None:
    (before,) = recipes(a_mac(WISH))
    mac = a_mac(WISH.replace("1" * 64, "2" * 64))
    (after,) = recipes(mac)
    assert before.tag != after.tag
    old = ImageSeen("a", "any", (REFERENCE, before.tag), digests=(REFERENCE,))
    (change,) = leftovers(looked_at(mac, (old,)))
    assert str(change.commands[0]) == f"podman image rm {before.tag} {REFERENCE}"


def test_what_says_nothing_beside_a_pull_is_named() -> None:
    mac = a_mac(
        WISH.replace('"pull_timeout": "5m"', '"build_timeout": "5m", "args": {}, "base": "docker.io/library/debian:13"')
    )
    found = [problem.path[-1] for problem in check(mac.section("images", Images), mac)]
    assert found == ["args", "base", "build_timeout"]


PODMAN = """#!/bin/sh
echo "$*" >>"$HOME/calls"
case $1-$2 in
image-exists) exit "$THERE" ;;
pull-*) exit "$PULL" ;;
image-inspect) printf '%s\\n' "$LABEL" ;;
esac
"""


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("there", "pull", "label", "status", "calls"),
    [
        ("1", "0", "abc", 0, ["manifest inspect r@d", "pull", "image inspect", "tag r@d t"]),
        ("1", "125", "abc", 125, ["manifest inspect r@d", "pull"]),
        ("1", "0", "", 65, ["manifest inspect r@d", "pull", "image inspect", "image rm r@d"]),
        ("1", "0", "<no value>", 65, ["manifest inspect r@d", "pull", "image inspect", "image rm r@d"]),
        ("0", "125", "abc", 0, ["image inspect", "tag r@d t"]),
        ("0", "125", "", 65, ["image inspect"]),
    ],
)
def test_only_a_fetched_image_of_ours_gets_our_tag(
    shell: tuple[str, ...], there: str, pull: str, label: str, status: int, calls: list[str], tmp_path: Path
) -> None:
    podman = tmp_path / "podman"
    podman.write_text(PODMAN)
    podman.chmod(0o755)
    answers = {"THERE": there, "PULL": pull, "LABEL": label}
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path), **answers}
    words = [*shell[:-1], "-c", script("pull"), "sh", "r@d", "t", "io.carbon-fleet.inputs"]
    ran = subprocess.run(words, env=environment, capture_output=True, text=True)
    assert ran.returncode == status
    asked, *said = (tmp_path / "calls").read_text().splitlines()
    assert asked == "image exists r@d"
    assert len(said) == len(calls)
    assert all(line.startswith(call) for line, call in zip(said, calls, strict=True))
    assert ("carbon-fleet did not build it" in ran.stderr) is (status == 65)
