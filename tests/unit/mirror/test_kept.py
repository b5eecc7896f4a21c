"""A tap of the lab's own holds formulae as they are locked: of real repositories, in a real one, in as few commits."""

import json
import subprocess
from pathlib import Path

import pytest

from carbon_fleet.lock.keeping import Keep
from carbon_fleet.mirror.kept import Kept, KeptTap
from carbon_fleet.mirror.origin import Origin
from carbon_fleet.mirror.trouble import MirrorTrouble
from tests.mirror_upstream import git

CORE = "homebrew/core"
TAHOE, SEQUOIA = "a" * 64, "b" * 64
TEXT = f"""class Podman < Formula
  desc "Tool for managing OCI containers and pods"
  url "https://github.com/containers/podman/archive/refs/tags/v6.1.1.tar.gz"
  sha256 "{"e" * 64}"

  bottle do
    sha256 cellar: :any, arm64_tahoe:   "{TAHOE}"
    sha256 cellar: :any, arm64_sequoia: "{SEQUOIA}"
  end

  depends_on "go" => :build
  depends_on "libepoxy"
end
"""


class Place:
    """An upstream tap that is committed to, and the lab's own beside it."""

    def __init__(self, work: Path) -> None:
        self.work, self.upstream, self.own = work, work / "upstream", work / "kept.git"
        self.upstream.mkdir()
        git(self.upstream, "init", "-q", "-b", "main")

    def commit(self, path: str, text: str) -> str:
        (self.upstream / path).parent.mkdir(parents=True, exist_ok=True)
        (self.upstream / path).write_text(text)
        git(self.upstream, "add", "-A")
        git(self.upstream, "commit", "-q", "-m", path)
        return git(self.upstream, "rev-parse", "HEAD").strip()

    def keep(self, *keeps: Keep, tap: str = CORE) -> Kept:
        work = self.work / f"work-{len(list(self.work.iterdir()))}"
        work.mkdir()
        return KeptTap(self.own, tap).keep(keeps, Origin(work / "origin.git", f"file://{self.upstream}"))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_file_is_that_of_the_locked_commit_with_its_bottles_place_said(place: Place) -> None:
    commit = place.commit("Formula/p/podman.rb", TEXT)
    place.commit("Formula/p/podman.rb", TEXT.replace("6.1.1", "6.2.0"))
    kept = place.keep(Keep("podman", "6.1.1", commit, frozenset({TAHOE})))
    assert (kept.written, kept.why_not, kept.needs) == (True, {}, {"podman": ["libepoxy"]})
    assert git(place.own, "show", "HEAD:Formula/podman.rb") == (
        f"# Kept by carbon-fleet: podman 6.1.1 of homebrew/core@{commit}\n"
        + TEXT.replace("bottle do\n", 'bottle do\n    root_url "https://ghcr.io/v2/homebrew/core"\n')
    )
    note = json.loads(git(place.own, "show", "HEAD:kept.json"))
    bottles = {"arm64_tahoe": TAHOE, "arm64_sequoia": SEQUOIA}
    assert note["formulae"] == {"podman": {"version": "6.1.1", "commit": commit, "bottles": bottles}}


def test_again_writes_nothing_and_a_new_version_is_one_commit_more(place: Place) -> None:
    first = place.commit("Formula/podman.rb", TEXT)
    made = place.keep(Keep("podman", "6.1.1", first))
    again = place.keep(Keep("podman", "6.1.1", first))
    assert (again.written, again.commit) == (False, made.commit)
    second = place.commit("Formula/podman.rb", TEXT.replace("6.1.1", "6.2.0"))
    more = place.keep(Keep("podman", "6.2.0", second))
    assert (more.written, more.before) == (True, made.commit)
    assert git(place.own, "rev-list", "HEAD").split() == [more.commit, made.commit]


def test_what_it_holds_besides_stays_and_the_same_lock_is_the_same_commit(place: Place, tmp_path: Path) -> None:
    place.commit("Formula/podman.rb", TEXT)
    commit = place.commit("Formula/jq.rb", TEXT.replace("Podman", "Jq").replace("podman", "jq"))
    place.keep(Keep("podman", "6.1.1", commit))
    place.keep(Keep("jq", "6.1.1", commit))
    assert git(place.own, "ls-tree", "--name-only", "HEAD:Formula").split() == ["jq.rb", "podman.rb"]
    place.own = tmp_path / "another.git"
    one = place.keep(Keep("podman", "6.1.1", commit), Keep("jq", "6.1.1", commit))
    place.own = tmp_path / "third.git"
    assert place.keep(Keep("podman", "6.1.1", commit), Keep("jq", "6.1.1", commit)).commit == one.commit


@pytest.mark.parametrize(
    ("text", "keep", "words"),
    [
        (TEXT, {"version": "6.1.0"}, "has 6.1.1, and the lock 6.1.0"),
        (TEXT, {"bottles": frozenset({"c" * 64})}, "other bottles of it than the cccccccccccc"),
        (TEXT.replace("bottle do", "bottled do"), {}, "has no bottle of it: it would be built on each Mac"),
        (f'require_relative "../lib/x"\n{TEXT}', {}, "its file needs another one of homebrew/core"),
        (TEXT, {"name": "podmann"}, "has no formula podmann at"),
        (TEXT, {"commit": "1" * 40}, "git fetch: "),
    ],
)
def test_what_cannot_be_held_is_named_and_harms_no_other(
    place: Place, text: str, keep: dict[str, object], words: str
) -> None:
    place.commit("Formula/jq.rb", TEXT.replace("podman", "jq"))
    commit = place.commit("Formula/podman.rb", text)
    wanted = {"name": "podman", "version": "6.1.1", "commit": commit, **keep}
    kept = place.keep(Keep(**wanted), Keep("jq", "6.1.1", commit))  # type: ignore[arg-type]
    assert words in kept.why_not[str(wanted["name"])]
    assert [one.name for one in kept.formulae] == ["jq"]
    assert git(place.own, "ls-tree", "--name-only", "HEAD:Formula").split() == ["jq.rb"]


def test_another_taps_repository_or_another_folder_is_left_as_it_is(place: Place) -> None:
    commit = place.commit("Formula/podman.rb", TEXT)
    place.keep(Keep("podman", "6.1.1", commit))
    with pytest.raises(MirrorTrouble, match="holds formulae of homebrew/core: those of libkrun/krun need"):
        place.keep(Keep("podman", "6.1.1", commit), tap="libkrun/krun")
    before = git(place.upstream, "rev-parse", "HEAD")
    place.own = place.upstream
    with pytest.raises(MirrorTrouble, match="something else than a tap of this kind"):
        place.keep(Keep("podman", "6.1.1", commit))
    assert git(place.upstream, "rev-parse", "HEAD") == before
    place.own = place.upstream / "Formula"
    with pytest.raises(MirrorTrouble, match="something else than a tap of this kind"):
        place.keep(Keep("podman", "6.1.1", commit))


def test_what_was_cut_off_is_not_in_force_and_the_next_run_ends_as_one(place: Place, tmp_path: Path) -> None:
    """Everything but the branch is there: as after a kill just before it moves."""
    commit = place.commit("Formula/podman.rb", TEXT)
    whole = place.keep(Keep("podman", "6.1.1", commit))
    git(place.own, "update-ref", "-d", "refs/heads/main")
    (place.own / "kept.index").write_bytes(b"half an index")
    again = place.keep(Keep("podman", "6.1.1", commit))
    assert (again.before, again.commit) == (None, whole.commit)
    assert not (place.own / "kept.index").exists()


def test_brew_can_clone_it_from_a_server_of_plain_files(place: Place, tmp_path: Path) -> None:
    commit = place.commit("Formula/podman.rb", TEXT)
    kept = place.keep(Keep("podman", "6.1.1", commit))
    refs = (place.own / "info/refs").read_text()
    assert refs == f"{kept.commit}\trefs/heads/main\n"
    subprocess.run(["git", "clone", "-q", str(place.own), str(tmp_path / "clone")], check=True)
    assert (tmp_path / "clone/Formula/podman.rb").is_file()
