"""Which bottle is poured: by Homebrew's API, and by the text of a tap's formula."""

import json

import pytest

from carbon_fleet.mirror.formulae import CORE, Formula, core
from carbon_fleet.mirror.tapfile import formula, registered
from carbon_fleet.mirror.trouble import MirrorTrouble

RELEASE = "https://github.com/libkrun/homebrew-krun/releases/download/virglrenderer-krun-0.10.4e"
TEXT = f"""class VirglrendererKrun < Formula
  desc "A renderer"
  url "https://gitlab.example/slp/virglrenderer/-/archive/0.10.4e-krunkit/virglrenderer-0.10.4e-krunkit.tar.gz"
  sha256 "{"0" * 64}"
  license "MIT"

  bottle do
    root_url "{RELEASE}"
    sha256 cellar: :any, arm64_tahoe:   "{"a" * 64}"
    sha256 cellar: :any_skip_relocation, arm64_sequoia: "{"b" * 64}"
  end

  depends_on "meson" => :build
  depends_on "pytest" => [:build, :test]
  depends_on "libepoxy"
  depends_on "molten-vk"

  on_linux do
    depends_on "mesa"
  end
end
"""


def tap(text: str = TEXT) -> Formula:
    return formula("libkrun/krun", "virglrenderer-krun", text)


def test_a_taps_formula_is_read() -> None:
    found = tap()
    assert found.full_name == "libkrun/krun/virglrenderer-krun"
    assert (found.version, found.rebuild, found.root) == ("0.10.4e-krunkit", 0, RELEASE)
    assert found.bottles == {"arm64_tahoe": "a" * 64, "arm64_sequoia": "b" * 64}
    assert found.needs == ("libepoxy", "molten-vk")
    assert found.file("arm64_tahoe") == "virglrenderer-krun-0.10.4e-krunkit.arm64_tahoe.bottle.tar.gz"


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ('url "https://github.com/libkrun/krunkit/archive/refs/tags/v1.3.2.tar.gz"', "1.3.2"),
        ('url "https://x.example/name-2.5.tar.xz"', "2.5"),
        ('url "https://x.example/name-2.5.tar.xz"\n  version "2.6"', "2.6"),
        ('url "https://x.example/name-2.5.tgz?raw=1"\n  revision 3', "2.5_3"),
        ('url "https://x.example/x.git", tag: "v1.2.3", revision: "abc"', "1.2.3"),
    ],
)
def test_the_version_is_where_brew_finds_it(line: str, version: str) -> None:
    assert formula("a/b", "c", f"class C < Formula\n  {line}\nend\n").version == version


def test_a_version_nobody_says_is_said_to_be_unknown() -> None:
    with pytest.raises(MirrorTrouble, match="a/b/c: its version cannot be told"):
        formula("a/b", "c", 'class C < Formula\n  url "https://x.example/latest.tar.gz"\nend\n')


def test_a_rebuild_is_in_the_name_and_the_tag() -> None:
    found = tap(TEXT.replace("  bottle do\n", "  bottle do\n    rebuild 2\n"))
    assert found.image_tag == "0.10.4e-krunkit-2"
    assert found.file("arm64_tahoe").endswith(".arm64_tahoe.bottle.2.tar.gz")


def test_only_the_address_of_bottles_is_moved() -> None:
    moved = registered("libkrun/krun", TEXT)
    assert moved == TEXT.replace(RELEASE, "https://ghcr.io/v2/libkrun/krun")
    assert registered("libkrun/krun", moved) == moved
    assert registered("a/b", "class C < Formula\nend\n") == "class C < Formula\nend\n"
    assert registered("a/b", 'root_url "https://x"\n') == 'root_url "https://x"\n'


def test_without_a_root_it_is_the_taps_own_place_in_the_registry() -> None:
    text = "\n".join(line for line in TEXT.splitlines() if "root_url" not in line)
    assert tap(text + "\n").root == "https://ghcr.io/v2/libkrun/krun"


@pytest.mark.parametrize(
    ("bottles", "tag", "poured"),
    [
        ({"arm64_tahoe": "1", "arm64_sequoia": "2"}, "arm64_sequoia", "arm64_sequoia"),
        ({"arm64_tahoe": "1", "arm64_sonoma": "2"}, "arm64_sequoia", "arm64_sonoma"),
        ({"all": "1", "arm64_sonoma": "2"}, "arm64_sequoia", "all"),
        ({"arm64_tahoe": "1"}, "arm64_golden_gate", "arm64_tahoe"),
        ({"arm64_later": "1"}, "arm64_later", "arm64_later"),
    ],
)
def test_an_older_macos_bottle_will_do_a_newer_one_not(bottles: dict[str, str], tag: str, poured: str) -> None:
    made = Formula(CORE, "x", "1", 0, "", bottles, ())
    assert made.bottle(tag)[0] == poured


def test_a_formula_without_a_bottle_is_refused_in_words() -> None:
    with pytest.raises(MirrorTrouble, match=r"x 1 has no bottle for arm64_sequoia \(it has arm64_tahoe\): it would"):
        Formula(CORE, "x", "1", 0, "", {"arm64_tahoe": "1"}, ()).bottle("arm64_sequoia")


def test_homebrews_own_list_is_read_with_its_other_names() -> None:
    one = {
        "name": "python@3.14", "aliases": ["python"], "oldnames": ["python3"], "revision": 1,
        "versions": {"stable": "3.14.0"}, "dependencies": ["xz"],
        "variations": {"arm64_sequoia": {"dependencies": ["xz", "ncurses"]}},
        "bottle": {"stable": {"rebuild": 2, "root_url": "https://ghcr.io/v2/homebrew/core",
                              "files": {"arm64_tahoe": {"sha256": "a" * 64}}}},
    }  # fmt: skip
    found = core(json.dumps({"payload": json.dumps([one])}).encode())
    python = found["python"]
    assert python is found["python@3.14"] is found["python3"]
    assert (python.image, python.image_tag) == ("python/3.14", "3.14.0_1-2")
    assert (python.needed("arm64_tahoe"), python.needed("arm64_sequoia")) == (("xz",), ("xz", "ncurses"))


@pytest.mark.parametrize("text", [b"", b"[]", b'{"payload": "{}x"}', b'{"payload": "[1]"}', b'{"payload": "[{}]"}'])
def test_another_list_is_refused_in_words(text: bytes) -> None:
    with pytest.raises(MirrorTrouble, match="not in the shape of its API"):
        core(text)
