"""Which commits a Mac takes and which it does not, by real git and real signatures."""

import subprocess
from pathlib import Path

import pytest

from carbon_fleet.pull.lab import PulledLab
from carbon_fleet.pull.trouble import NotTaken
from carbon_fleet.report.document import Failure
from carbon_fleet.spec.pulled import Pulled
from tests.unit.pull.upstream import Upstream


@pytest.fixture
def up(tmp_path: Path) -> Upstream:
    return Upstream(tmp_path)


def kept(up: Upstream, branch: str = "main") -> PulledLab:
    return PulledLab(up.folder.parent / "state", wanted(up, branch))


def wanted(up: Upstream, branch: str = "main") -> Pulled:
    return Pulled(url=str(up.folder), signers=str(up.signers), branch=branch)


def take(up: Upstream) -> str:
    lab = kept(up)
    candidate = lab.fetch(up.signers)
    lab.take(candidate)
    assert lab.in_force == candidate.signed.name
    return candidate.signed.signer


def in_force(up: Upstream) -> str:
    return (up.folder.parent / "state/lab/lab.yml").read_text().partition("\n")[0]


def refusal(up: Upstream, branch: str = "main") -> Failure:
    before = kept(up).in_force
    with pytest.raises(NotTaken) as trouble:
        kept(up, branch).fetch(up.signers)
    assert kept(up).in_force == before
    return trouble.value.failure


def test_what_a_signer_signed_is_taken_and_what_comes_after_it(up: Upstream) -> None:
    up.commit()
    assert take(up) == "ada@lab"
    assert in_force(up) == "lab: brisbane"
    up.allow("bob")
    up.commit("bob", name="sydney")
    assert take(up) == "bob@lab"
    assert in_force(up) == "lab: sydney"
    assert take(up) == "bob@lab", "again: nothing new is nothing wrong"
    assert len(list((up.folder.parent / "state/trees").iterdir())) == 1


def test_unsigned_in_between_counts_by_the_signature_of_the_last(up: Upstream) -> None:
    up.commit()
    take(up)
    up.commit(None, name="draft")
    up.commit(name="sydney")
    assert take(up) == "ada@lab"


def test_what_nobody_signed_is_not_taken(up: Upstream) -> None:
    up.commit()
    take(up)
    up.commit(None, name="evil")
    failure = refusal(up)
    assert (failure.code, "has no signature" in failure.what) == ("LAB_UNSIGNED", True)
    assert str(up.signers) in failure.why
    assert in_force(up) == "lab: brisbane"


def test_another_key_is_nobodys(up: Upstream) -> None:
    up.commit("mallory")
    failure = refusal(up)
    assert failure.code == "LAB_UNSIGNED"
    assert "no good signature" in failure.what


def test_a_signer_who_was_taken_out_is_none_any_more(up: Upstream) -> None:
    up.commit()
    take(up)
    up.signers.write_text("")
    assert refusal(up).code == "LAB_UNSIGNED"


def test_a_key_for_another_purpose_does_not_count(up: Upstream) -> None:
    up.signers.write_text(up.signers.read_text().replace('"git"', '"mail"'))
    up.commit()
    assert refusal(up).code == "LAB_UNSIGNED"


def test_a_commit_changed_under_its_signature_is_not_taken(up: Upstream) -> None:
    good = up.commit()
    take(up)
    text = subprocess.run(
        ["git", "-C", str(up.folder), "cat-file", "commit", good], capture_output=True, check=True
    ).stdout
    up.raw(good, text.replace(b"\nbrisbane", b"\nbrisbane, and more"))
    failure = refusal(up)
    assert failure.code == "LAB_UNSIGNED"
    assert "no good signature" in failure.what


def test_an_openpgp_signature_counts_nothing_whatever_gpg_says_of_it(
    up: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpg = tmp_path / "gpg"
    gpg.write_text(
        "#!/bin/sh\ncat >/dev/null\nprintf '\\n[GNUPG:] %s' 'GOODSIG 0123456789ABCDEF ada' 'TRUST_ULTIMATE 0 pgp' ''\n"
    )
    gpg.chmod(0o755)
    (tmp_path / "config").write_text(f'[gpg]\n\tprogram = {gpg}\n[gpg "openpgp"]\n\tprogram = {gpg}\n')
    head = up.commit(None)
    text = subprocess.run(
        ["git", "-C", str(up.folder), "cat-file", "commit", head], capture_output=True, check=True
    ).stdout
    before, _, after = text.partition(b"\n\n")
    armor = b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----"
    made = up.raw(head, before + armor + b"\n\n" + after)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    ran = subprocess.run(["git", "-C", str(up.folder), "verify-commit", made], capture_output=True, check=False)
    assert ran.returncode == 0, f"git by itself believes this gpg: {ran.stderr.decode()}"
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_text((tmp_path / "config").read_text())
    assert refusal(up).code == "LAB_UNSIGNED"


def test_an_older_commit_is_not_brought_back(up: Upstream) -> None:
    old = up.commit()
    up.commit(name="sydney")
    take(up)
    up.git("reset", "--quiet", "--hard", old)
    failure = refusal(up)
    assert failure.code == "LAB_NOT_NEWER"
    assert old[:12] in failure.what
    assert in_force(up) == "lab: sydney"


def test_history_that_was_rewritten_is_not_taken(up: Upstream) -> None:
    first = up.commit()
    up.commit(name="sydney")
    take(up)
    up.git("reset", "--quiet", "--hard", first)
    up.commit(name="perth")
    failure = refusal(up)
    assert failure.code == "LAB_NOT_NEWER"
    assert f"rm -r {up.folder.parent / 'state'}" in failure.remedy


def test_what_cannot_be_fetched_leaves_what_is_in_force(up: Upstream) -> None:
    up.commit()
    take(up)
    failure = refusal(up, branch="nowhere")
    assert (failure.code, "nowhere" in failure.what) == ("LAB_NOT_FETCHED", True)
    up.folder.rename(up.folder.with_name("moved"))
    assert refusal(up).code == "LAB_NOT_FETCHED"
    assert in_force(up) == "lab: brisbane"


def test_files_beside_the_lab_file_come_with_it(up: Upstream) -> None:
    (up.folder / "lab.yml.lock").write_bytes(b"a\n\xff")
    up.commit()
    take(up)
    assert (up.folder.parent / "state/lab/lab.yml.lock").read_bytes() == b"a\n\xff"


def test_a_run_that_was_cut_off_is_ended_by_the_next(up: Upstream) -> None:
    up.commit()
    take(up)
    state = up.folder.parent / "state"
    up.commit(name="sydney")
    (state / "trees/making").mkdir()
    (state / "trees/making/half").touch()
    (state / "lab.new").symlink_to("nowhere")
    lab = kept(up)
    lab.source.accept(lab.fetch(up.signers).signed)
    assert in_force(up) == "lab: brisbane", "cut off between the two"
    take(up)
    assert in_force(up) == "lab: sydney"
    assert len(list((state / "trees").iterdir())) == 1
