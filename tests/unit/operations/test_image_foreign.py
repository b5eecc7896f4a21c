"""Images that are not ours: found by the name podman stores, brought in first, and only where there is room."""

import json
import subprocess
from pathlib import Path

import pytest

from carbon_fleet.plan import Change, Refusal, World
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot
from carbon_fleet.spec import Size
from operations.image.foreign import found, normal, pulls
from operations.image.leftovers import leftovers
from operations.image.recipe import LABEL
from operations.image.room import refusal, script
from operations.image.seen import ImageSeen
from tests.unit.operations.run_section import SHELLS, program
from tests.unit.operations.stack_world import a_mac, changes, converged, one, rows
from tests.unit.operations.test_image import a_mac as mac_with_images

DIGEST = "sha256:" + "1" * 64
NAMES = {
    "docker.io/nginx": "docker.io/library/nginx:latest",
    "docker.io/nginx:1": "docker.io/library/nginx:1",
    "docker.io/library/nginx:1": "docker.io/library/nginx:1",
    "docker.io/me/nginx": "docker.io/me/nginx:latest",
    "localhost:5000/x": "localhost:5000/x:latest",
    "localhost:5000/x:2": "localhost:5000/x:2",
    f"quay.io/a/b@{DIGEST}": f"quay.io/a/b@{DIGEST}",
    f"docker.io/nginx:1@{DIGEST}": f"docker.io/library/nginx@{DIGEST}",
}


@pytest.mark.parametrize(("said", "stored"), NAMES.items())
def test_a_reference_is_looked_for_as_podman_stores_it(said: str, stored: str) -> None:
    assert normal(said) == stored


def test_a_digest_is_the_manifests_and_of_the_same_repository() -> None:
    image = ImageSeen("a", "", ("quay.io/a/b:1",), digests=(f"quay.io/a/b@{DIGEST}",))
    assert found(f"quay.io/a/b:9@{DIGEST}", (image,)) is image
    assert found(f"quay.io/a/other@{DIGEST}", (image,)) is None
    assert found(f"quay.io/a/b@{DIGEST[:-1]}2", (image,)) is None
    assert found("quay.io/a/b:1", (image,)) is image
    assert found("quay.io/a/b", (image,)) is None


def looked(*images: ImageSeen, free: int | None = None) -> Snapshot:
    listed = [
        {"Id": i.id, "Names": list(i.tags), "RepoDigests": list(i.digests), "Labels": {LABEL: i.inputs}, "Size": i.size}
        for i in images
    ]
    facts = {"free": (str(free),)} if free is not None else {}
    section = Section("image", facts=facts, blocks={"images": Block("images", 0, (json.dumps(listed),))})
    return Snapshot("m", {"image": section}, Guest.REACHED)


def test_what_a_container_runs_comes_first_and_once() -> None:
    mac = a_mac([*one(), *one("b", "other")])
    found_changes = changes(mac, converged(mac), looked())
    assert rows(found_changes) == [("image.docker.io/library/nginx:1", "create", ["image"])]
    (command,) = found_changes[0].commands
    assert command.argv[2:] == (script("fetch"), "sh", "docker.io/library/nginx:1", "", "no")
    assert (command.deadline, command.codes) == (4 * 3600, {88: "NO_ROOM"})
    there = looked(ImageSeen("image", "", ("docker.io/library/nginx:1",)))
    assert changes(mac, converged(mac), there) == []


def test_a_container_of_another_image_than_its_reference_names_is_begun_anew() -> None:
    mac = a_mac(one(image=f"quay.io/a/b@{DIGEST}"))
    there = looked(ImageSeen("new", "", digests=(f"quay.io/a/b@{DIGEST}",)))
    assert rows(changes(mac, converged(mac), there)) == [("stack.shop.web", "run", ["image"])]


def test_without_room_nothing_is_fetched_and_both_figures_are_told() -> None:
    world = World(a_mac([]), looked(free=512 * 1024))
    (no,) = refusal("image.x", Size.parse("1GiB"), world)
    assert (no.code, no.what) == ("NO_ROOM", "the virtual machine has 512 MiB free, and the image needs at least 1GiB")
    assert list(refusal("image.x", Size.parse("512MiB"), world)) == []
    for unknown in (looked(), Snapshot("m")):
        assert list(refusal("image.x", Size.parse("1GiB"), World(a_mac([]), unknown))) == []
    first = next(iter(pulls([("quay.io/a/b:1", "web")], (), world)))
    assert isinstance(first, Refusal)


def test_older_versions_stay_as_many_as_were_asked_for_and_the_last_to_go_tells_the_disk() -> None:
    old = [
        ImageSeen(f"i{n}", "x", (f"localhost/carbon-fleet/venus:{n * 16}",), size=700 << 20) for n in ("3", "2", "1")
    ]

    def gone(wish: str, *images: ImageSeen, kept: tuple[str, ...] = ()) -> list[tuple[str, int]]:
        found_changes = list(leftovers(World(mac_with_images(wish), looked(*images)), kept))
        assert all(isinstance(change, Change) for change in found_changes)
        return [(change.address.rpartition(":")[2][0], len(change.commands)) for change in found_changes]

    assert gone("{}", *old) == [("3", 1), ("2", 1), ("1", 2)], "more than 1 GiB: the disk is told"
    assert gone('{"venus": {"keep": 1}}', *old) == [("2", 1), ("1", 2)]
    assert gone('{"venus": {"keep": 2}}', *old) == [("1", 1)]
    assert gone('{"venus": {"keep": 3}}', *old) == []
    assert gone("{}", *old, kept=(old[1].tags[0],)) == [("3", 1), ("1", 2)], "a kept unit names it"


LISTED = json.dumps(
    {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [
            {
                "mediaType": "m",
                "digest": f"sha256:{arch}",
                "size": 529,
                "platform": {"architecture": arch, "os": "linux"},
            }
            for arch in ("amd64", "arm64", "unknown")
        ],
    },
    indent=4,
)
ONE = (
    '{"schemaVersion": 2, "mediaType": "t", "config": {"mediaType": "c", "digest": "sha256:c", "size": 1048576}, '
    '"layers": [{"mediaType": "l", "size": 2097152, "digest": "sha256:l"}]}'
)
PODMAN = """case "$*" in
"image exists "*) [ -e "$HOME/pulled" ] ;;
"manifest inspect r/x:1") cat "$HOME/first" ;;
"manifest inspect r/x@sha256:arm64") cat "$HOME/second" ;;
pull*) : >"$HOME/pulled" ;;
esac"""
WAYS = {
    "a list": (LISTED, ONE),
    "one image": (ONE, ""),
    "one image in podman's error": (
        f'Error: parsing manifest blob "{ONE.replace(chr(34), chr(92) + chr(34))}" as a "t"',
        "",
    ),
}


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
@pytest.mark.parametrize("answers", WAYS.values(), ids=WAYS)
def test_the_registry_is_asked_what_is_still_to_come(
    shell: tuple[str, ...], answers: tuple[str, str], tmp_path: Path
) -> None:
    program(tmp_path, "podman", PODMAN)
    program(tmp_path, "uname", "echo aarch64")
    (tmp_path / "first").write_text(answers[0])
    (tmp_path / "second").write_text(answers[1])

    def fetched(free: int) -> "subprocess.CompletedProcess[str]":
        program(tmp_path, "df", f"echo; echo disk 1 1 {free} 1% /")
        environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)}
        words = [*shell[:-1], "-c", script("fetch"), "sh", "r/x:1"]
        return subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60, check=False)

    none = fetched(9 * 1024 - 1)
    assert none.returncode == 88
    assert none.stderr.startswith("no room for r/x:1: it needs about 9 MiB (")
    assert "; 8 MiB are free" in none.stderr
    assert not (tmp_path / "pulled").exists()
    assert fetched(9 * 1024).returncode == 0
    assert (tmp_path / "pulled").exists()


@pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: shell[0])
def test_a_registry_that_does_not_tell_is_no_reason(shell: tuple[str, ...], tmp_path: Path) -> None:
    program(tmp_path, "podman", '[ "$1" != manifest ] || { echo "Error: no route" >&2; exit 125; }')
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "HOME": str(tmp_path)}
    words = [*shell[:-1], "-c", script("fetch"), "sh", "r/x:1"]
    assert subprocess.run(words, env=environment, timeout=60, check=False).returncode == 0
