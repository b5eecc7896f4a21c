"""`carbon-fleet agent publish`: what goes into a bundle, and its number; real keys."""

import sys
from pathlib import Path

import pytest

from carbon_fleet.cli import app
from carbon_fleet.pull.pack import Bundle, unpacked
from carbon_fleet.pull.sshsig import signer
from carbon_fleet.verbs.ending import exit_code_of
from tests.unit.pull.upstream import Upstream

LAB = """lab: brisbane
macs:
  mac-01:
    host: local
    stacks: [registry]
    secrets: {registry-htpasswd: {source: sops, name: secrets.yml, key: '["a"]'}}
  mac-02: {host: 10.0.0.2, user: lab}
"""


class Site:
    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.up, self.folder, self._patch = Upstream(folder), folder / "labs", patch
        self.folder.mkdir()
        self.lab, self.out = self.folder / "lab.yml", folder / "out.tar"
        self.lab.write_text(LAB)
        (self.folder / "secrets.yml").write_text("sops: {}\n")
        self.up.signers.write_text(self.up.signers.read_text().replace('"git"', '"carbon-fleet"'))

    def __call__(self, *more: str, key: Path | None = None, out: Path | None = None) -> int:
        words = [str(self.lab), "--key", str(key or self.up.key("ada")), "-o", str(out or self.out), *more]
        self._patch.setattr(sys, "argv", ["carbon-fleet", "agent", "publish", *words])
        return exit_code_of(app)

    @property
    def bundle(self) -> Bundle:
        """What lies there; it has to be signed."""
        content = self.out.read_bytes()
        assert signer(content, self.out.with_name("out.tar.sig").read_bytes(), self.up.signers) == "ada@lab"
        return unpacked(content)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(tmp_path, monkeypatch)


def test_the_lab_its_lock_and_encrypted_secrets_are_in_it_and_nothing_else(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    (site.folder / "id_ed25519").write_text("a key")
    (site.folder / "units").mkdir()
    (site.folder / "units/a.service").write_text("[Unit]\n")
    assert site("--with", str(site.folder / "units/a.service")) == 0
    assert sorted(site.bundle.files) == ["lab.yml", "secrets.yml", "units/a.service"]
    assert site.bundle.files["lab.yml"].decode() == LAB
    said = capsys.readouterr()
    assert said.out.split() == [str(site.out), f"{site.out}.sig"]
    assert f"bundle {site.bundle.serial} of lab `brisbane`" in said.err


def test_its_number_only_grows(site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert site("--serial", "7") == 0
    assert site.bundle.serial == 7
    assert site("--serial", "7") == 64
    assert "the bundle that lies there has 7" in capsys.readouterr().err
    monkeypatch.setattr("carbon_fleet.verbs.publish.time.time", lambda: 5.0)
    assert site() == 0
    assert site.bundle.serial == 8, "whatever the clock says"


@pytest.mark.parametrize(
    ("change", "code", "says"),
    [
        (lambda site: site.lab.write_text("lab: x\nmacs: {m: {host: h, user: lab}}\n"), 64, "has `host: local`"),
        (lambda site: site.lab.write_text("lab: x\nmacs: {m: {hots: local}}\n"), 78, "lab.yml:2:"),
        (lambda site: (site.folder / "secrets.yml").unlink(), 3, "secrets.yml: No such file"),
        (lambda site: site.out.write_text("of somebody's"), 64, "it is no bundle"),
        (lambda site: site.up.key("ada").write_text("no key"), 3, "does not sign"),
    ],
)  # fmt: skip
def test_what_cannot_be_published_is_told_and_nothing_is(
    site: Site, change: object, code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(site)  # type: ignore[operator]
    assert site() == code
    assert says in capsys.readouterr().err
    assert site.out.with_name("out.tar.sig").exists() == (code == 0)


def test_only_what_lies_beside_the_lab_file_and_under_a_name_macs_know(
    site: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert site("--with", str(tmp_path / "allowed_signers")) == 64
    assert "does not lie beside the lab file" in capsys.readouterr().err
    assert site(out=tmp_path / "lab.tgz") == 64
    assert "a bundle ends in `.tar`" in capsys.readouterr().err


def test_locks_of_environments_go_with_it(site: Site) -> None:
    (site.folder / "envs").mkdir()
    (site.folder / "envs/ml.txt").write_text(f"numpy==2.0 --hash=sha256:{'a' * 64}\n")
    more = "defaults:\n  environments:\n    ml: {python: '3.12', lock: envs/ml.txt}\n    ml-mlx: {}\n"
    site.lab.write_text(LAB + more)
    assert site() == 0
    assert sorted(site.bundle.files) == ["envs/ml.txt", "lab.yml", "secrets.yml"]
