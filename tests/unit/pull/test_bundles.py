"""Which bundles a Mac takes: real curl, a real https server with its own CA, real signatures."""

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_fleet.pull.lab import PulledLab
from carbon_fleet.pull.pack import MANIFEST, Bundle, BundleFailed, packed, unpacked
from carbon_fleet.pull.sshsig import sign
from carbon_fleet.pull.trouble import NotTaken
from carbon_fleet.report.document import Failure
from carbon_fleet.spec.pulled import Pulled
from tests.unit.pull.server import certificates, serving
from tests.unit.pull.upstream import LAB, Upstream


@pytest.fixture(scope="module")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificates(tmp_path_factory.mktemp("tls"))


class Site:
    """A server's folder, and a Mac that fetches from it."""

    def __init__(self, folder: Path, address: str, ca: Path | None) -> None:
        self.up, self.folder, self.state = Upstream(folder), folder / "www", folder / "state"
        self.address, self.ca = address, ca
        self.up.signers.write_text(self.up.signers.read_text().replace('"git"', '"git,carbon-fleet"'))

    def put(self, serial: int, by: str = "ada", **files: str) -> bytes:
        texts = {"lab.yml": LAB.format(name="brisbane")}
        texts |= {name.replace("_", "."): text for name, text in files.items()}
        content = packed(Bundle("brisbane", serial, {name: text.encode() for name, text in texts.items()}))
        self.lay(content, by)
        return content

    def lay(self, content: bytes, by: str = "ada") -> None:
        (self.folder / "lab.tar").write_bytes(content)
        (self.folder / "lab.tar.sig").write_bytes(sign(content, self.up.key(by)))

    def kept(self) -> PulledLab:
        ca = str(self.ca) if self.ca else None
        return PulledLab(self.state, Pulled(url=f"{self.address}/lab.tar", signers=str(self.up.signers), ca=ca))

    def take(self) -> dict[str, object]:
        lab = self.kept()
        candidate = lab.fetch(self.up.signers)
        lab.take(candidate)
        return {"signer": candidate.signed.signer, **candidate.signed.told}

    def refusal(self) -> Failure:
        before = self.kept().in_force
        with pytest.raises(NotTaken) as trouble:
            self.kept().fetch(self.up.signers)
        assert self.kept().in_force == before
        return trouble.value.failure


@pytest.fixture
def site(tmp_path: Path, ca: Path) -> Iterator[Site]:
    (tmp_path / "www").mkdir()
    with serving(tmp_path / "www", ca.parent) as address:
        yield Site(tmp_path, address, ca)


def test_a_signed_bundle_comes_over_https_with_all_its_files(site: Site) -> None:
    site.put(7, lab_lock_yml="a\n")
    said = site.take()
    assert (said["signer"], said["serial"]) == ("ada@lab", 7)
    assert (site.state / "lab/lab.yml").read_text() == LAB.format(name="brisbane")
    assert (site.state / "lab/lab.lock.yml").read_text() == "a\n"
    assert (site.state / "lab/lab.yml").stat().st_mode & 0o777 == 0o600
    assert site.take() == said, "again: nothing new is nothing wrong"
    site.put(8, lab_yml=LAB.format(name="sydney"))
    site.take()
    assert (site.state / "lab/lab.yml").read_text().startswith("lab: sydney")
    assert len(list((site.state / "trees").iterdir())) == 1


def test_what_is_older_is_not_brought_back_nor_is_the_same_number_with_something_else(site: Site) -> None:
    site.put(7)
    site.put(8)
    site.take()
    for serial, said in ((7, "bundle 7 does not come after 8"), (8, "and has another content")):
        site.put(serial, lab_yml=LAB.format(name="evil"))
        failure = site.refusal()
        assert (failure.code, said in failure.what) == ("LAB_NOT_NEWER", True)
    assert (site.state / "lab/lab.yml").read_text().startswith("lab: brisbane")


def test_what_was_taken_last_is_not_forgotten_by_a_broken_note(site: Site) -> None:
    site.put(7)
    site.take()
    (site.state / "bundle.json").write_text("{")
    with pytest.raises(OSError, match="does not say which bundle was taken last"):
        site.take()


def test_a_changed_bundle_and_one_of_nobodys_key_are_not_taken(site: Site) -> None:
    content = site.put(7)
    (site.folder / "lab.tar").write_bytes(content.replace(b"mac-01", b"mac-09"))
    assert "no good signature" in site.refusal().what
    site.put(7, by="mallory")
    failure = site.refusal()
    assert (failure.code, "its key is nobody's" in failure.what) == ("LAB_UNSIGNED", True)
    (site.folder / "lab.tar.sig").unlink()
    failure = site.refusal()
    assert (failure.code, "has no signature beside it" in failure.what) == ("LAB_UNSIGNED", True)


def test_a_key_for_commits_alone_signs_no_bundle(site: Site) -> None:
    site.put(7)
    site.up.signers.write_text(site.up.signers.read_text().replace('"git,carbon-fleet"', '"git"'))
    assert site.refusal().code == "LAB_UNSIGNED"


def test_a_server_nobody_vouches_for_is_not_believed(site: Site) -> None:
    site.put(7)
    site.ca = None
    failure = site.refusal()
    assert (failure.code, "certificate" in failure.what) == ("LAB_NOT_FETCHED", True)
    assert "curl -f" in failure.remedy


def test_what_is_not_there_or_too_large_is_not_fetched(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (site.refusal().code, "404" in site.refusal().what) == ("LAB_NOT_FETCHED", True)
    site.put(7)
    monkeypatch.setattr("carbon_fleet.pull.bundles.MOST", 100)
    assert "larger than 100 bytes" in site.refusal().what


def test_from_a_folder_of_the_mac(site: Site) -> None:
    site.put(7)
    site.address, site.ca = str(site.folder), None
    assert site.take()["serial"] == 7


def test_what_is_signed_and_no_bundle_is_told(site: Site) -> None:
    site.lay(b"hello")
    assert site.refusal().code == "BUNDLE_UNREADABLE"
    site.put(1, lab_yml="x")
    site.lay(packed(Bundle("x", 1, {})).replace(b'"format_version": 1', b'"format_version": 9'))
    failure = site.refusal()
    assert (failure.code, "reads 1" in failure.what) == ("BUNDLE_UNREADABLE", True)


def test_a_folder_that_is_left_half_made_is_ended_by_the_next(site: Site) -> None:
    site.put(7)
    lab = site.kept()
    lab.source.accept(lab.fetch(site.up.signers).signed)
    assert not site.kept().lab.exists(), "cut off between the two"
    assert site.take()["serial"] == 7
    assert (site.state / "lab/lab.yml").exists()


def _tar(**entries: tuple[bytes, bytes]) -> bytes:
    out = io.BytesIO()
    head = json.dumps({"format_version": 1, "lab": "x", "serial": 1}).encode()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, (kind, content) in {MANIFEST: (tarfile.REGTYPE, head), **entries}.items():
            entry = tarfile.TarInfo(name)
            entry.type, entry.size = kind, len(content)
            entry.linkname = "/etc/passwd" if kind == tarfile.SYMTYPE else ""
            tar.addfile(entry, io.BytesIO(content))
    return out.getvalue()


@pytest.mark.parametrize("name", ["../evil", "/etc/evil", "a/../../b", "a//b", "."])
def test_no_path_leads_out_of_a_bundle(name: str) -> None:
    with pytest.raises(BundleFailed, match="no plain file inside"):
        unpacked(_tar(**{name: (tarfile.REGTYPE, b"x")}))


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE])
def test_nothing_but_plain_files(kind: bytes) -> None:
    with pytest.raises(BundleFailed, match="no plain file inside"):
        unpacked(_tar(link=(kind, b"")))


def test_never_a_traceback_wherever_a_bundle_is_cut_off_or_changed() -> None:
    content = packed(Bundle("x", 3, {"lab.yml": b"lab: x\n" * 100}))
    assert unpacked(content).serial == 3
    for length in range(0, len(content), 97):
        for text in (content[:length], content[:length] + b"\xff" + content[length + 1 :]):
            try:
                unpacked(text)
            except BundleFailed:
                continue
