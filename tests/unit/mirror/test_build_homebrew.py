"""Homebrew's formulae, bottles and taps come into a mirror whole, and a tap only goes forward."""

import json
from pathlib import Path

from carbon_fleet.mirror.depot import Depot
from carbon_fleet.mirror.wants import Wants
from carbon_fleet.sim.standins import formulae
from tests.mirror_upstream import (
    TAG,
    TAP,
    bottle,
    formula_text,
    git,
    sha256,
)
from tests.unit.mirror.site import Site


def test_homebrew_comes_whole_and_the_tap_only_goes_forward(site: Site, tmp_path: Path) -> None:
    site.wants = Wants(formulae={"podman", "libkrun/krun/krunkit"}, taps={TAP}, disks={None})
    made = {entry.path: entry for entry in site.whole().entries}
    assert "/machine-os/default/podman-machine.aarch64.applehv.raw.zst" in made
    poured = {path.split("/")[-3] for path in made if "/blobs/" in path}
    wanted = {"podman", "krunkit", "libkrun", "libkrunfw", "gvproxy", "virglrenderer-krun", "molten-vk", "libepoxy"}
    assert poured == {*wanted, "dtc", "xz", "portable-ruby"}
    index = made["/v2/libkrun/krun/krunkit/manifests/1.3.2"]
    (row,) = json.loads(Depot(site.folder).path(index.sha256).read_bytes())["manifests"]
    assert json.loads(row["annotations"]["sh.brew.tab"])["changed_files"] == ["lib/krunkit"]
    assert f"/v2/libkrun/krun/krunkit/blobs/sha256:{row['annotations']['sh.brew.bottle.digest']}" in made
    bare = site.folder / "git/libkrun/homebrew-krun.git"
    assert 'root_url "https://ghcr.io/v2/libkrun/krun"' in git(bare, "show", "HEAD:Formula/krunkit.rb")
    first = git(bare, "rev-parse", "HEAD").strip()
    site.internet.asked.clear()
    site.whole()
    fetched = site.internet.fetched()
    assert {path for path in fetched if "github.com" not in path} == set()
    assert {path.rpartition("/")[2] for path in fetched} <= {"HEAD", "refs"}
    upstream = git(site.internet.work / "git/libkrun/homebrew-krun", "rev-parse", "HEAD")
    assert git(bare, "show", "HEAD:.carbon-fleet-upstream") == upstream
    site.internet.tap("second")
    site.whole()
    now = git(site.internet.work / "git/libkrun/homebrew-krun", "rev-parse", "HEAD")
    assert git(bare, "show", "HEAD:.carbon-fleet-upstream") == f"{first} {upstream}{now}"
    assert git(bare, "merge-base", first, "HEAD").strip() == first
    assert git(bare, "show", "HEAD:README.md") == "second\n"
    assert git(bare, "rev-parse", "HEAD").strip() != first


def test_lists_of_homebrew_that_disagree_are_refused(site: Site) -> None:
    site.wants = Wants(formulae={"podman"}, taps=set())
    path = f"/formulae.brew.sh/api/internal/packages.{TAG}.jws.json"
    site.internet.files[path] = b'{"payload": "{}"}'
    assert site.build() is None
    assert "Homebrew's lists disagree" in site.failures["bottles"]


def test_a_formula_of_the_tap_that_cannot_be_read_harms_no_other(site: Site) -> None:
    odd = "class Odd < Formula\n  url SOMEWHERE\nend\n"
    site.internet.repository("libkrun/homebrew-krun", {"Formula/odd.rb": odd})
    site.wants = Wants(formulae={"libkrun/krun/gvproxy"}, taps={TAP})
    site.whole()
    site.wants = Wants(formulae={"libkrun/krun/odd"}, taps={TAP})
    assert site.build() is None
    assert "libkrun/krun/odd: its version cannot be told" in site.failures["bottles"]


def test_a_formula_nobody_has_is_named(site: Site) -> None:
    site.wants = Wants(formulae={"libkrun/krun/nonesuch"}, taps={TAP})
    assert site.build() is None
    assert "there is no formula libkrun/krun/nonesuch" in site.failures["bottles"]


def test_a_tap_that_is_elsewhere_is_mirrored_from_there_and_from_one_place_only(site: Site) -> None:
    """Such as one that `lock --tap` made: its bottles are where they are for everybody."""
    (one,) = [each for each in formulae.of_tap(TAP).values() if each.name == "gvproxy"]
    text = formula_text(one, "https://ghcr.io/v2/homebrew/core", sha256(bottle(one)))
    site.internet.repository("somewhere/else", {"Formula/gvproxy.rb": text})
    root = "/ghcr.io/v2/homebrew/core/gvproxy"
    said = [{"annotations": {"sh.brew.bottle.digest": sha256(bottle(one)), "sh.brew.tab": "{}"}}]
    site.internet.files[f"{root}/manifests/0.8.8"] = json.dumps({"manifests": said}).encode()
    site.internet.files[f"{root}/blobs/sha256:{sha256(bottle(one))}"] = bottle(one)
    url = f"{site.internet.url}/github.com/somewhere/else"
    site.wants = Wants(formulae={"lab/kept/gvproxy"}, taps={"lab/kept"}, tap_urls={"lab/kept": {url}})
    made = {entry.path for entry in site.whole().entries}
    assert "/git/lab/homebrew-kept.git/info/refs" in made
    assert f"/v2/homebrew/core/gvproxy/blobs/sha256:{sha256(bottle(one))}" in made
    bare, upstream = site.folder / "git/lab/homebrew-kept.git", site.internet.work / "git/somewhere/else"
    assert git(bare, "rev-parse", "HEAD") == git(upstream, "rev-parse", "HEAD"), "nothing of it has to be changed"
    site.wants.tap_urls["lab/kept"].add("https://git.example/another.git")
    assert site.build() is None
    assert "say the same in each `homebrew.tap_urls`" in site.failures["tap lab/kept"]
