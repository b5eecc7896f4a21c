"""`carbon-fleet agent pull` as it is typed, by real git and real signatures.

`apply` and `drift` are stood in for but once: on a Mac they would change the machine the tests run on, which is where
`host: local` leads. What they do is shown by their own tests, that launchd starts this verb by tests/sim/test_agent.py.
"""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from carbon_fleet.cli import app
from carbon_fleet.report.document import MacReport, Outcome, Report
from carbon_fleet.spec.window import Window
from carbon_fleet.verbs import pull as module
from carbon_fleet.verbs.ending import exit_code_of
from carbon_fleet.verbs.publish import publish
from tests.unit.pull.upstream import LAB, Upstream


class Typed:
    """Runs the verb in this process; what it would have done is in `done`, what it printed in `out` and `err`."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.up, self.state = Upstream(folder), folder / "state"
        self.done: list[tuple[str, Path, dict[str, Any]]] = []
        self.out = self.err = ""
        self._patch, self._capsys = patch, capsys
        patch.setenv("CARBON_STATE", str(self.state))
        patch.setattr(module, "_apply", self._stand_in("apply"))
        patch.setattr(module, "_drift", self._stand_in("drift"))

    def _stand_in(self, verb: str) -> Any:
        def done(file: Path, mac: str, **options: Any) -> Report:
            self.done.append((verb, file, {"mac": mac, **options}))
            return Report(verb, "brisbane", str(file), "", macs=[MacReport("mac-01", Outcome.CHANGED)])

        return done

    def __call__(self, *more: str, source: str | None = None, mac: str = "mac-01") -> int:
        where = ["--from", source or str(self.up.folder), "--signers", str(self.up.signers), "--mac", mac]
        self._patch.setattr(sys, "argv", ["carbon-fleet", "agent", "pull", *where, *more])
        code = exit_code_of(app)
        self.out, self.err = self._capsys.readouterr()
        return code

    def refused(self, *more: str, mac: str = "mac-01") -> dict[str, Any]:
        """The failure a refusal is about; nothing was done."""
        assert self(*more, "--json", mac=mac) == 3
        assert self.done == []
        (part,) = json.loads(self.out)["macs"]
        (failure,) = part["failures"]
        assert part["outcome"] == "refused"
        return dict(failure)


@pytest.fixture
def typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Typed:
    return Typed(tmp_path, monkeypatch, capsys)


def clock(patch: pytest.MonkeyPatch, shows: str) -> None:
    patch.setattr(module, "_wall", lambda moment: datetime.fromisoformat(f"2026-11-30T{shows}"))


def test_in_the_window_it_is_applied_to_this_mac_alone(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    commit = typed.up.commit()
    clock(monkeypatch, "23:10")
    assert typed("--window", "22:00-05:00") == 0
    ((verb, file, options),) = typed.done
    assert (verb, file) == ("apply", typed.state / "pull/mac-01/lab/lab.yml")
    assert file.read_text().startswith("lab: brisbane")
    assert (options["mac"], options["skip"]) == ("mac-01", ("agent.pull",))
    pulled = {"commit": commit, "signer": "ada@lab", "window": "22:00-05:00", "inside": True}
    assert options["pulled"] == pulled
    assert set(options) == {"mac", "skip", "pulled", "json", "quiet"}, "nobody is asked, and no consent is given"
    assert f"commit {commit[:12]}, signed by ada@lab, is in force" in typed.err


def test_outside_of_it_the_lab_is_taken_and_only_looked_at(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    typed.up.commit(name="sydney")
    clock(monkeypatch, "12:00")
    monkeypatch.setattr(Window, "opens", lambda self, now, local: datetime(2026, 11, 30, 22, 0))
    assert typed("--window", "22:00-05:00") == 0
    ((verb, file, options),) = typed.done
    assert (verb, options["pulled"]["inside"]) == ("drift", False)
    assert "skip" not in options, "its own agent is looked at, too"
    assert file.read_text().startswith("lab: sydney")
    assert "22:00-05:00 is not now: only a look for drift; it opens at 2026-11-30 22:00" in typed.err


def test_what_nobody_signed_is_told_and_kept_and_nothing_is_done(typed: Typed) -> None:
    typed.up.commit(None)
    failure = typed.refused()
    assert failure["code"] == "LAB_UNSIGNED"
    (run,) = (typed.state / "runs").glob("*/report.json")
    assert json.loads(run.read_text())["macs"] == json.loads(typed.out)["macs"]
    assert typed() == 3
    assert "LAB_UNSIGNED" in typed.out


@pytest.mark.parametrize(
    ("mac", "says"), [("mac-02", "reaches it at 10.0.0.2: mac-02"), ("mac-03", "has no such Mac: mac-03")]
)
def test_it_changes_its_own_mac_only(typed: Typed, mac: str, says: str) -> None:
    typed.up.commit()
    failure = typed.refused(mac=mac)
    assert (failure["code"], says in failure["what"]) == ("LAB_NOT_OF_THIS_MAC", True)
    assert not (typed.state / "pull" / mac / "lab").exists(), "it is not in force"


def test_it_enters_no_other_mac_to_bring_images(typed: Typed) -> None:
    lab = "lab: x\nmacs:\n  mac-01: {{host: local, build_on: {}}}\n  mac-02: {{host: 10.0.0.2, user: lab}}\n"
    typed.up.commit(text=lab.format("mac-02"))
    failure = typed.refused()
    assert (failure["code"], "built on mac-02" in failure["what"]) == ("LAB_NEEDS_ANOTHER_MAC", True)
    assert not (typed.state / "pull/mac-01/lab").exists(), "it is not in force"
    typed.up.commit(text=lab.format("mac-01"))
    assert typed() == 0, "its own it builds itself"


def test_a_bundle_is_known_by_its_address(typed: Typed, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, lab = typed.up.folder.parent, typed.up.folder / "lab.yml"
    lab.write_text(LAB.format(name="brisbane"))
    typed.up.signers.write_text(typed.up.signers.read_text().replace('"git"', '"git,carbon-fleet"'))
    assert publish(lab, typed.up.key("ada"), folder / "lab.tar", serial=5) == 0
    assert typed("--window", "00:00-24:00", source=str(folder / "lab.tar")) == 0
    ((verb, file, options),) = typed.done
    told = options["pulled"]
    assert (verb, told["serial"], told["signer"]) == ("apply", 5, "ada@lab")
    assert file.read_text() == lab.read_text()
    assert "bundle 5, signed by ada@lab, is in force" in typed.err
    assert typed("--branch", "next", source=str(folder / "lab.tar")) == 64
    assert "--branch: `next` is a branch, and a bundle has none" in typed.err


def test_certificates_that_are_not_there_are_told(typed: Typed) -> None:
    typed.up.commit()
    assert typed.refused("--ca", "/nowhere/ca.pem")["code"] == "AGENT_CA_MISSING"


def test_a_lab_with_a_mistake_does_not_come_into_force(typed: Typed) -> None:
    typed.up.commit()
    assert typed() == 0
    typed.done.clear()
    typed.up.commit(text="lab: brisbane\nmacs:\n  mac-01: {hots: local}\n")
    assert typed() == 78
    assert "lab.yml:3:" in typed.err
    assert typed.done == []
    assert "host: local" in (typed.state / "pull/mac-01/lab/lab.yml").read_text()
    typed.up.commit(name="mended")
    assert typed() == 0
    assert (typed.state / "pull/mac-01/lab/lab.yml").read_text().startswith("lab: mended")


def test_two_at_a_time_are_one(typed: Typed) -> None:
    typed.up.commit()
    folder = typed.state / "pull/mac-01"
    folder.mkdir(parents=True)
    with FileLock(str(folder / "busy")):
        assert typed.refused()["code"] == "PULL_RUNNING"
    assert typed() == 0


def test_without_signers_nothing_is_taken(typed: Typed) -> None:
    typed.up.commit()
    typed.up.signers.unlink()
    assert typed.refused()["code"] == "AGENT_SIGNERS_MISSING"


def test_a_folder_that_is_none_is_told(typed: Typed) -> None:
    typed.up.commit()
    typed.state.mkdir()
    (typed.state / "file").touch()
    failure = typed.refused("--state", str(typed.state / "file"))
    assert (failure["code"], "cannot be used" in failure["what"]) == ("LAB_NOT_FETCHED", True)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (["--window", "05:00-05:00"], "--window: `05:00-05:00` opens when it closes"),
        (["--file", "../lab.yml"], "--file: `../lab.yml` is no path inside of what is fetched"),
        (["--branch", "a:b"], "--branch: `a:b` is no name of a branch"),
    ],
)
def test_what_is_typed_wrong_is_named(typed: Typed, more: list[str], says: str) -> None:
    assert typed(*more) == 64
    assert says in typed.err
    assert typed.done == []


@pytest.mark.parametrize(
    "source",
    [
        "http://git.example/lab.git",
        "git://git.example/lab",
        "ext::sh -c id",
        "--upload-pack=id",
        "lab.git",
        "file://h/x",
    ],
)
def test_ways_that_are_not_offered(typed: Typed, source: str) -> None:
    assert typed(f"--from={source}", source=source if not source.startswith("-") else "x") == 64
    assert "is no address of a git repository" in typed.err


def test_a_login_in_the_address_is_refused_and_not_repeated(typed: Typed) -> None:
    assert typed(source="https://ada:s3cret@git.example/lab.git") == 64
    assert "the address holds a login" in typed.err
    assert "s3cret" not in typed.err


@pytest.mark.parametrize("mac", ["", "..", "a/b"])
def test_no_name_leads_out_of_the_folder(typed: Typed, mac: str) -> None:
    assert typed(mac=mac) == 64


@pytest.mark.skipif(sys.platform == "darwin", reason="it would be applied to this very Mac")
@pytest.mark.parametrize("verb", ["apply", "drift"])
def test_the_real_apply_and_drift_are_what_runs(typed: Typed, tmp_path: Path, verb: str) -> None:
    """On Linux they look, see that this is no Mac, and refuse; their Reports say which commit they went by."""
    commit, hour = typed.up.commit(), datetime.now().astimezone().hour
    window = "00:00-24:00" if verb == "apply" else f"{(hour + 12) % 24:02}:00-{(hour + 14) % 24:02}:00"
    where = ["--from", str(typed.up.folder), "--signers", str(typed.up.signers), "--mac", "mac-01"]
    argv = [sys.executable, "-m", "carbon_fleet", "agent", "pull", *where, "--window", window, "--json"]
    env = {**os.environ, "HOME": str(tmp_path), "CARBON_STATE": str(typed.state)}
    ran = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=120, check=False)
    report = json.loads(ran.stdout)
    assert (ran.returncode, report["verb"]) == (3, verb), ran.stderr
    assert [failure["code"] for failure in report["macs"][0]["failures"]] == ["NOT_A_MAC"]
    assert (report["options"]["pulled"]["commit"], report["options"]["limit"]) == (commit, ["mac-01"])
    assert report["options"]["skip"] == (["agent.pull"] if verb == "apply" else [])
    assert "Warning" not in ran.stderr
