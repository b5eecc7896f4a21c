"""Which bottle a formula was poured from, by its bill, its download or its tap's commit."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

from operations.homebrew import read
from tests.unit.operations.brew_tree import plant, write
from tests.unit.operations.test_homebrew_section import CORE, KRUN, SEEN, every_shell, look, places

BILL = """{
  "SPDXID": "SPDXRef-DOCUMENT",
  "packages": [
    {
      "SPDXID": "SPDXRef-Archive-krunkit-src",
      "checksums": [
        {
          "algorithm": "SHA256",
          "checksumValue": "SOURCE"
        }
      ]
    },
    {
      "SPDXID": "SPDXRef-Compiler",
      "checksums": []
    },
    {
      "SPDXID": "SPDXRef-Bottle-krunkit",
      "externalRefs": [],
      "checksums": [
        {
          "algorithm": "SHA256",
          "checksumValue": "BOTTLE"
        }
      ]
    }
  ]
}
"""


@every_shell
def test_brews_bill_of_materials_has_the_bottle(shell: tuple[str, ...], tmp_path: Path) -> None:
    prefix, home = places(tmp_path)
    plant(SEEN, prefix, home)
    text = BILL.replace("SOURCE", "5" * 64)
    (prefix / "Cellar/krunkit/1.3.2/sbom.spdx.json").write_text(text.replace("BOTTLE", "b0" * 32))
    (prefix / "Cellar/podman/6.1.1/sbom.spdx.json").write_text(text.replace("BOTTLE", "NOASSERTION"))
    section = look(shell, prefix, home)
    assert section.all("bottle") == (f"krunkit 1.3.2 {'b0' * 32}",)
    seen = read(section)
    assert seen.formula("krunkit").receipt == replace(KRUN, bottle="b0" * 32)
    assert seen.formula("podman").receipt == CORE


CACHED = "Library/Caches/Homebrew/downloads"


@every_shell
def test_without_a_bill_the_bottle_itself_tells_if_it_was_there_before(shell: tuple[str, ...], tmp_path: Path) -> None:
    """Named as brew names downloads: the sha256 of the address, then the file's own name there."""
    prefix, home = places(tmp_path)
    plant(SEEN, prefix, home)
    for name, text in (
        (f"{'1' * 64}--krunkit-1.3.2.arm64_tahoe.bottle.tar.gz", "krunkit"),
        (f"{'2' * 64}--podman--6.1.1.arm64_tahoe.bottle.1.tar.gz", "podman"),
        (f"{'3' * 64}--podman--6.1.1.5.arm64_tahoe.bottle.tar.gz", "of another version"),
        (f"{'4' * 64}--podman--6.1.1.arm64_tahoe.bottle.tar.gz.incomplete", "cut off"),
        (f"{'5' * 64}--curl--8.17.0.arm64_tahoe.bottle.tar.gz", "one"),
        (f"{'6' * 64}--curl--8.17.0.arm64_tahoe.bottle.1.tar.gz", "or the other"),
    ):
        write(home / CACHED / name, text)
        os.utime(home / CACHED / name, (1, 1))
    section = look(shell, prefix, home, "curl")
    sums = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("krunkit", "podman")}
    assert set(section.all("bottle")) == {f"krunkit 1.3.2 {sums['krunkit']}", f"podman 6.1.1 {sums['podman']}"}
    os.utime(home / CACHED / f"{'1' * 64}--krunkit-1.3.2.arm64_tahoe.bottle.tar.gz", (9e9, 9e9))
    assert read(look(shell, prefix, home)).formula("krunkit").receipt == KRUN, "it came after the keg was poured"


@every_shell
def test_a_mirrors_commits_are_told_as_upstreams(shell: tuple[str, ...], tmp_path: Path) -> None:
    prefix, home = places(tmp_path)
    plant(SEEN, prefix, home)
    clone, now, before = prefix / "Library/Taps/libkrun/homebrew-krun", "a" * 40, "b" * 40
    write(clone / ".git/HEAD", "ref: refs/heads/main\n")
    write(clone / ".git/packed-refs", f"# pack-refs\n{now} refs/heads/main\n")
    write(clone / ".carbon-fleet-upstream", f"{before} {'1' * 40}\n{'2' * 40}\n")
    receipt = prefix / "Cellar/krunkit/1.3.2/INSTALL_RECEIPT.json"
    text = receipt.read_text()
    for commit, told in ((now, "2" * 40), (before, "1" * 40), ("c" * 40, "c" * 40)):
        receipt.write_text(text.replace('"tap":', f'"tap_git_head": "{commit}", "tap":'))
        assert read(look(shell, prefix, home)).formula("krunkit").receipt == replace(KRUN, commit=told)


@every_shell
def test_what_was_built_there_is_told(shell: tuple[str, ...], tmp_path: Path) -> None:
    prefix, home = places(tmp_path)
    plant(SEEN, prefix, home)
    receipt = prefix / "Cellar/krunkit/1.3.2/INSTALL_RECEIPT.json"
    receipt.write_text(receipt.read_text().replace("{", '{"poured_from_bottle": false,', 1))
    assert read(look(shell, prefix, home)).formula("krunkit").receipt == replace(KRUN, poured=False)
