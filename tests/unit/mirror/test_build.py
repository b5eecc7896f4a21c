"""A mirror is filled from loopback stand-ins of the real places: whole or not at all, once, and by its hashes."""

import shutil
from pathlib import Path

import pytest

from carbon_fleet.mirror import manifest as manifests
from carbon_fleet.mirror.check import wrong
from carbon_fleet.mirror.depot import Depot
from carbon_fleet.mirror.wants import Wants, packages
from carbon_fleet.mirror.web import Web
from carbon_fleet.spec.references import reference
from tests.mirror_upstream import (
    DISK,
    MODEL,
    MODEL_SHA256,
    MODEL_URL,
    TAP,
    sha256,
)
from tests.unit.mirror.site import Site


def test_everything_is_there_by_the_path_it_is_asked_at(site: Site) -> None:
    made = {entry.path: entry for entry in site.whole().entries}
    assert made[f"/models/{MODEL_SHA256}"].sha256 == MODEL_SHA256
    assert made["/files/archive.mesa3d.org/mesa-26.0.8.tar.xz"].size == 20_000
    disk = made["/machine-os/quay.io/podman/machine-os/6.1/podman-machine.aarch64.applehv.raw.zst"]
    assert disk.sha256 == sha256(DISK)
    index = made["/v2/docker.io/library/nginx/manifests/1"]
    assert made[f"/v2/docker.io/library/nginx/manifests/sha256:{index.sha256}"] == index.model_copy(
        update={"path": f"/v2/docker.io/library/nginx/manifests/sha256:{index.sha256}"}
    )
    assert index.type == "application/vnd.oci.image.index.v1+json"
    assert sum("/blobs/" in path for path in made) == 2
    assert list(wrong(site.folder, manifests.read(site.folder))) == []


def test_a_second_build_fetches_nothing_and_changes_no_byte(site: Site) -> None:
    site.whole()
    first = (site.folder / "mirror.json").read_bytes()
    site.internet.asked.clear()
    site.whole()
    assert site.internet.fetched() == {}
    assert (site.folder / "mirror.json").read_bytes() == first


def test_two_builds_apart_are_equal_to_the_byte(site: Site) -> None:
    site.whole()
    first = (site.folder / "mirror.json").read_bytes()
    shutil.rmtree(site.folder)
    site.whole()
    assert (site.folder / "mirror.json").read_bytes() == first


def test_what_breaks_off_is_gone_on_with_in_the_same_build(site: Site) -> None:
    site.internet.cut["/models.example/tiny.gguf"] = 100_000
    site.whole()
    assert site.internet.ranges == [("/models.example/tiny.gguf", "bytes=100000-")]


def test_what_was_cut_off_before_is_gone_on_with_in_the_next_build(site: Site) -> None:
    part = site.folder / "partial" / MODEL_SHA256
    site.whole()
    Depot(site.folder).path(MODEL_SHA256).unlink()
    part.write_bytes(MODEL[:70_000])
    site.internet.ranges.clear()
    site.whole()
    assert site.internet.ranges == [("/models.example/tiny.gguf", "bytes=70000-")]
    assert not part.exists()


def test_the_beginning_of_another_file_is_not_gone_on_with(site: Site) -> None:
    depot = Depot(site.folder)
    with depot.building():
        (depot.partial / MODEL_SHA256).write_bytes(b"something else")
    site.whole()
    assert depot.path(MODEL_SHA256).read_bytes() == MODEL


@pytest.mark.parametrize(
    ("path", "content", "words"),
    [
        ("/models.example/tiny.gguf", b"another", "its sha256 is"),
        ("/models.example/tiny.gguf", None, "404"),
        ("/archive.mesa3d.org/mesa-26.0.8.tar.xz", b"<html>", "it is another file, and was not kept"),
        ("/docker.io/v2/library/nginx/manifests/1", b"{}", "no manifest of an image"),
        ("/quay.io/v2/podman/machine-os/manifests/6.1", b'{"manifests": []}', "has no disk for applehv on arm64"),
    ],
)
def test_what_cannot_be_had_is_named_and_the_mirror_before_stays(
    site: Site, path: str, content: bytes | None, words: str
) -> None:
    wants, site.wants = site.wants, Wants()
    site.whole()
    before = (site.folder / "mirror.json").read_bytes()
    site.wants = wants
    site.internet.files = {key: what for key, what in site.internet.files.items() if key != path}
    if content is not None:
        site.internet.files[path] = content
    assert site.build() is None
    assert len(site.failures) == 1
    assert words in next(iter(site.failures.values()))
    assert (site.folder / "mirror.json").read_bytes() == before
    depot = Depot(site.folder)
    assert depot.has(MODEL_SHA256) or "models" in path
    assert {blob.name for blob in depot.blobs.glob("*/*") if sha256(blob.read_bytes()) != blob.name} == set()


def test_a_token_that_ran_out_is_asked_for_anew(site: Site) -> None:
    depot = Depot(site.folder)
    with depot.building():
        web = Web(depot, site.internet.places, site.said.append)
        url = "https://docker.io/v2/library/nginx/manifests/1"
        web.read(url, name="library/nginx")
        site.internet.token = "another"
        assert web.read(url, name="library/nginx")[1] == site.internet.files["/docker.io/v2/library/nginx/manifests/1"]


def test_an_index_without_the_platform_is_refused(site: Site) -> None:
    site.wants = Wants(images={(reference("nginx:1"), "linux/amd64")})
    assert site.build() is None
    assert "is not for linux/amd64" in next(iter(site.failures.values()))


def test_check_names_what_was_tampered_with(site: Site) -> None:
    made, depot = site.whole(), Depot(site.folder)
    for digest, do in ((MODEL_SHA256, b"w" * len(MODEL)), (sha256(DISK), b"short"), (sha256(b"mesa" * 5000), None)):
        depot.path(digest).chmod(0o644)
        depot.path(digest).unlink() if do is None else depot.path(digest).write_bytes(do)
    found = {entry.path.rpartition("/")[2]: what for entry, what in wrong(site.folder, made)}
    assert found["mesa-26.0.8.tar.xz"] == "it is not there"
    assert found[MODEL_SHA256].startswith("its sha256 is ")
    assert found["podman-machine.aarch64.applehv.raw.zst"] == f"it has 5 bytes instead of {len(DISK)}"
    assert len(found) == 3


def test_prune_removes_what_is_wished_no_more(site: Site) -> None:
    site.whole()
    site.wants = Wants(models={MODEL_SHA256: MODEL_URL})
    made, depot = site.whole(), Depot(site.folder)
    assert depot.prune(made) > len(DISK)
    assert [path.name for path in depot.blobs.glob("*/*")] == [MODEL_SHA256]
    assert list(wrong(site.folder, made)) == []


def test_the_folder_may_be_named_from_here(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    site.folder = Path("mirror")
    site.wants = Wants(formulae={"libkrun/krun/gvproxy"}, taps={TAP})
    assert "/v2/libkrun/krun/gvproxy/manifests/0.8.8" in {entry.path for entry in site.whole().entries}


def test_what_an_images_build_fetches_is_named_in_the_manifest(site: Site) -> None:
    site.wants = Wants(left_out={"image venus": "why"}, packages={"image venus": packages("venus")})
    (left,) = site.whole().left_out
    assert {"debian:libdrm-dev", "debian:curl", "debian:mesa-vulkan-drivers"} <= set(left.packages)
    assert any(name.startswith("pypi:meson==") for name in left.packages)
    assert not any(" " in name or "-y" in name.split(":")[1][:2] for name in left.packages)
    assert [left.name for left in manifests.read(site.folder).left_out] == ["image venus"]
    assert {"pypi:numpy", "pypi:wgpu"} <= {name.partition("==")[0] for name in packages("vulkan-check")}
