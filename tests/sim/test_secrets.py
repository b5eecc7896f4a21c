"""Secrets on a modelled Mac: made, given, drifted, rotated, interrupted, shown where asked and nowhere else."""

import base64
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import attributes, commands, fleet, guest, lab_file
from tests.sim.secret_lab import FOLDER, VARIABLE, Watch, files_with, shown, wishes

pytestmark = [pytest.mark.sim]
CANARY = "canary-4b1d-given"
HAND = "written-by-hand-77"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="module")
def file(lab: SimulatedLab) -> Iterator[str]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, CANARY)
        path = lab_file(lab, **wishes())
        report = fleet("apply", path, expect=0)
        assert report["macs"][0]["outcome"] == "changed"
        yield path


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "carbon_fleet", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)


def test_a_second_run_is_empty(file: str) -> None:
    report = fleet("apply", file, expect=0)
    assert (commands(report), report["macs"][0]["changes"], report["macs"][0]["execs"]) == ([], [], 1)


DRIFTS = [
    (
        [f"rm {FOLDER}/web-token", f"chmod 644 {FOLDER}/given", f"chmod 755 {FOLDER}"],
        ["podman secret rm carbon-fleet-other-token"],
        {
            ("secret", "mode"),
            ("secret.web-token", "value"),
            ("secret.given", "mode"),
            ("secret.other-token", "copy in the machine"),
        },
    ),
    (
        [f"printf {HAND} >{FOLDER}/given", f"printf {HAND} >{FOLDER}/other-token"],
        ["rm /var/lib/carbon-fleet/secrets/web-token"],
        {
            ("secret.given", "value"),
            ("secret.other-token", "copy in the machine"),
            ("stack.shop.other", "secrets"),
            ("secret.web-token", "copy in the machine"),
        },
    ),
    (
        [f"rm {FOLDER}/.key"],
        ["echo other | podman secret create --replace carbon-fleet-web-token -"],
        {("secret", "key")},
    ),
]


@pytest.mark.parametrize(("on_mac", "in_machine", "named"), DRIFTS, ids=["gone", "changed", "key"])
def test_drift_is_named_and_healed(
    lab: SimulatedLab, file: str, on_mac: list[str], in_machine: list[str], named: set[tuple[str, str]]
) -> None:
    ran = [lab.mac("mac-01").ssh("; ".join(on_mac)), guest(lab, "mac-01", "; ".join(in_machine))]
    assert [each.returncode for each in ran] == [0, 0], ran
    assert named <= attributes(fleet("drift", file, expect=2))
    fleet("apply", file, expect=0)


def test_after_all_that_nothing_differs(file: str) -> None:
    assert fleet("drift", file, expect=0)["macs"][0]["changes"] == []


def test_list_names_them_and_show_prints_one(lab: SimulatedLab, file: str) -> None:
    (mac,) = fleet("secret", "list", file, "mac-01", expect=0)["macs"]
    assert sorted(mac["measured"]["secrets"], key=lambda one: str(one["name"])) == [
        {"name": n, "source": s, "used_by": [f"shop.{by}"], "on_mac": "yes", "in_machine": "the Mac's"}
        for n, s, by in (
            ("given", "env", "web"),
            ("other-token", "generate", "other"),
            ("web-token", "generate", "web"),
        )
    ]
    told = run("secret", "show", file, "mac-01", "given")
    assert (told.returncode, told.stdout, told.stderr) == (0, f"{CANARY}\n", "")
    assert len(shown(lab, "web-token")) == 32
    assert "web-token" in run("secret", "list", "-q", file, "mac-01").stdout


def test_what_cannot_be_shown_or_rotated_is_said(lab: SimulatedLab, file: str) -> None:
    nobody = run("secret", "show", file, "mac-01", "bogus")
    assert (nobody.returncode, nobody.stdout) == (64, "")
    assert "those it uses: given, other-token, web-token" in nobody.stderr
    given = run("secret", "rotate", file, "mac-01", "given")
    assert given.returncode == 64
    assert f"comes from `env` ({VARIABLE}): change it there" in given.stderr
    lab.mac("mac-01").ssh(f"mv {FOLDER}/web-token {FOLDER}/aside")
    early = run("secret", "show", file, "mac-01", "web-token")
    lab.mac("mac-01").ssh(f"mv {FOLDER}/aside {FOLDER}/web-token")
    assert (early.returncode, early.stdout) == (3, "")
    assert "SECRET_NOT_THERE" in early.stderr


def test_rotation_restarts_just_what_uses_it(lab: SimulatedLab, file: str) -> None:
    before = _containers(lab)
    old = shown(lab, "web-token")
    report = fleet("secret", "rotate", file, "mac-01", "web-token", expect=0)
    after = _containers(lab)
    assert {name for name, one in after.items() if before[name] != one} == {"shop-web"}
    assert shown(lab, "web-token") != old
    assert [c["address"] for c in report["macs"][0]["changes"]] == ["secret.web-token"] * 2 + ["stack.shop.web"]
    assert fleet("drift", file, expect=0)["macs"][0]["changes"] == []


def _containers(lab: SimulatedLab) -> dict[str, str]:
    return {one["Names"][0]: one["Id"] for one in json.loads(guest(lab, "mac-01", "podman ps --format json").stdout)}


def test_what_is_not_applied_yet_is_not_rotated(lab: SimulatedLab, file: str) -> None:
    old, more = shown(lab, "web-token"), wishes()
    more["stacks"][0]["containers"]["web"]["environment"] = {"NEW": "text"}
    (mac,) = fleet("secret", "rotate", lab_file(lab, **more), "mac-01", "web-token", expect=3)["macs"]
    assert [failure["code"] for failure in mac["failures"]] == ["STACK_NOT_APPLIED"]
    assert lab_file(lab, **wishes()) == file
    assert shown(lab, "web-token") == old


def test_a_new_given_value_goes_the_whole_way(lab: SimulatedLab, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _containers(lab)
    monkeypatch.setenv(VARIABLE, "another value")
    changed = attributes(fleet("apply", file, expect=0))
    assert {("secret.given", "value"), ("stack.shop.web", "secrets")} <= changed
    assert shown(lab, "given") == "another value"
    assert {name for name, one in _containers(lab).items() if before[name] != one} == {"shop-web"}
    monkeypatch.setenv(VARIABLE, CANARY)
    fleet("apply", file, expect=0)


def test_without_its_value_a_mac_is_refused(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE)
    _refused("drift", file, "is not set")
    monkeypatch.setenv(VARIABLE, "Carbon123#")
    _refused("apply", file, "a password everybody knows")


def _refused(verb: str, file: str, says: str) -> None:
    (mac,) = fleet(verb, file, expect=3)["macs"]
    assert [failure["code"] for failure in mac["failures"]] == ["SECRET_NOT_GIVEN"]
    assert says in mac["failures"][0]["what"]


def test_what_nobody_uses_any_more_leaves_the_machine_and_stays_on_the_mac(lab: SimulatedLab, file: str) -> None:
    before = shown(lab, "other-token")
    less = wishes()
    del less["stacks"][0]["containers"]["other"]
    for _ in range(2):  # what the stack may yet go back to keeps its secrets
        path = lab_file(lab, **less)
        fleet("apply", path, expect=0)
        less["stacks"][0]["containers"]["plain"]["environment"] = {"ANOTHER": "text"}
    assert "other-token" not in guest(lab, "mac-01", "podman secret ls").stdout
    assert shown(lab, "other-token") == before
    fleet("apply", lab_file(lab, **wishes()), expect=0)
    assert shown(lab, "other-token") == before


def test_a_canary_is_found_nowhere_it_should_not_be(lab: SimulatedLab, file: str) -> None:
    mac = lab.mac("mac-01")
    words = [CANARY, shown(lab, "web-token"), shown(lab, "other-token")]
    words += [base64.b64encode(word.encode()).decode() for word in words]
    mac.ssh(f"rm {FOLDER}/given")
    guest(lab, "mac-01", "podman secret rm carbon-fleet-web-token")
    watch, said = Watch(words), ""
    with watch.running():
        for arguments in (["drift", file, "--json"], ["apply", "--yes", file]):
            ran = run(*arguments)
            assert ran.returncode in (0, 2), ran.stderr
            said += ran.stdout + ran.stderr
    assert watch.looks > 5
    assert watch.found == set()
    assert [word for word in words if word in said] == []
    folder = mac.home / FOLDER
    own = {str((folder / n).relative_to(lab.file.parent)) for n in ("given", "web-token", "other-token")}
    # Beside the Mac's files only podman's own store in the machine has them.
    found = {path for path in files_with(words, lab.file.parent) if not path.endswith("/storage/secretsdata.json")}
    assert found == own
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_killed_between_mac_and_machine_a_second_run_ends_right(lab: SimulatedLab, file: str) -> None:
    guest(
        lab, "mac-01", "podman secret rm carbon-fleet-given carbon-fleet-web-token; rm -r /var/lib/carbon-fleet/secrets"
    )
    assert lab.mac("mac-01").ssh(f"rm -r {FOLDER}").returncode == 0
    command = [sys.executable, "-m", "tests.sim.killed_apply", file, "mac-01", "5", "after"]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == -9, ran.stderr
    fleet("apply", file, expect=0)
    assert commands(fleet("apply", file, expect=0)) == []
