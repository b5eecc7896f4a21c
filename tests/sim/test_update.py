"""Updates that fail, the way back and volumes on a modelled Mac, as a person types them; ended at every command."""

import hashlib
import os
import pty
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import attributes, commands, fleet, guest, lab_file

pytestmark = [pytest.mark.sim, pytest.mark.timeout(600)]
KEPT = "/var/lib/carbon-fleet/stacks/shop"
UNIT = "/etc/containers/systemd/carbon-fleet-shop-web.container"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        fleet("apply", shop(running, "1"), expect=0)
        yield running


def shop(lab: SimulatedLab, version: str, name: str = "lab-of-the-test.yml") -> str:
    """A lab file whose stack `shop` has one container of nginx:VERSION."""
    web: dict[str, Any] = {
        "image": f"docker.io/library/nginx:{version}",
        "volumes": ["data:/data"],
        "health": {"command": "true", "start_period": "5s"},
        "ready_timeout": "5s",
    }
    stacks = [{"name": "shop", "containers": {"web": web}}] if version else []
    path = Path(lab_file(lab, stacks=stacks))
    return str(path.rename(path.with_name(name)))


def run(*words: str, stdin: Any = subprocess.DEVNULL) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "carbon_fleet", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, stdin=stdin, check=False)


def image(lab: SimulatedLab) -> str:
    ran = guest(lab, "mac-01", "podman inspect --type container --format {{.ImageName}} shop-web")
    return ran.stdout.strip()


def test_a_second_run_is_empty_and_each_drift_is_healed(lab: SimulatedLab) -> None:
    file = shop(lab, "1")
    fleet("apply", file, expect=0)
    assert commands(fleet("apply", file, expect=0)) == []
    drifts = {
        ("stack.shop", "kept"): f"echo x >>{KEPT}/good/carbon-fleet-shop-web.container",
        ("image.docker.io/library/nginx:1", "image"): "podman rmi -f docker.io/library/nginx:1",
        ("stack.volume.data", "volume"): "rm -r /var/lib/containers/storage/volumes/data",
    }
    for command in drifts.values():
        assert guest(lab, "mac-01", command).returncode == 0
    assert set(drifts) <= attributes(fleet("drift", file, expect=2))
    fleet("apply", file, expect=0)
    assert fleet("drift", file, expect=0)["macs"][0]["changes"] == []


def test_an_update_that_fails_is_reported_as_rolled_back(lab: SimulatedLab) -> None:
    fleet("apply", shop(lab, "1"), expect=0)
    before = guest(lab, "mac-01", f"cat {UNIT}").stdout
    (failed,) = fleet("apply", shop(lab, "ill"), expect=4)["macs"]
    (failure,) = failed["failures"]
    assert (failure["code"], failed["outcome"]) == ("ROLLED_BACK", "failed")
    assert failure["what"].startswith("shop-web: unhealthy after")
    assert failure["what"].endswith("the units that shop had before are back, and work")
    assert failure["why"].startswith("it said:")
    assert "tries the new units again" in failure["remedy"]
    assert guest(lab, "mac-01", f"cat {UNIT}").stdout == before
    assert image(lab) == "docker.io/library/nginx:1"
    assert ("stack.shop.web", "content") in attributes(fleet("drift", shop(lab, "ill"), expect=2))
    fleet("apply", shop(lab, "2"), expect=0)
    assert image(lab) == "docker.io/library/nginx:2"


def test_going_back_asks_shows_and_says_what_it_means(lab: SimulatedLab) -> None:
    fleet("apply", shop(lab, "1"), expect=0)
    file = shop(lab, "2")
    fleet("apply", file, expect=0)
    unasked = run("rollback", file, "mac-01", "shop")
    assert unasked.returncode == 3
    assert "CONSENT_MISSING" in unasked.stdout
    for answer, status, now in (("n", 3, "2"), ("y", 0, "1")):
        ours, theirs = pty.openpty()
        os.write(ours, f"{answer}\n".encode())
        asked = run("rollback", file, "mac-01", "shop", stdin=theirs)
        os.close(ours)
        os.close(theirs)
        assert asked.returncode == status, asked
        assert "-Image=docker.io/library/nginx:2" in asked.stderr
        assert image(lab) == f"docker.io/library/nginx:{now}"
    assert "NOT_AS_THE_LAB_FILE" in asked.stdout
    assert ("stack.shop.web", "content") in attributes(fleet("drift", file, expect=2))
    assert fleet("rollback", file, "mac-01", "shop", "--yes", expect=0)["macs"][0]["outcome"] == "changed"
    assert commands(fleet("apply", file, expect=0)) == []


def test_nothing_to_go_back_to_is_said(lab: SimulatedLab) -> None:
    file = shop(lab, "1")
    guest(lab, "mac-01", f"rm -rf {KEPT}")
    fleet("apply", file, expect=0)
    (mac,) = fleet("rollback", file, "mac-01", "shop", "--yes", expect=3)["macs"]
    assert [failure["code"] for failure in mac["failures"]] == ["NOTHING_TO_GO_BACK_TO"]
    unknown = run("rollback", file, "mac-01", "shoe")
    assert (unknown.returncode, unknown.stderr) == (64, "shoe: no stack of mac-01 is called so; its stacks: shop\n")


@pytest.mark.migration
def test_killed_at_each_command_of_an_update_the_next_run_ends_the_same(lab: SimulatedLab) -> None:
    files = {version: shop(lab, version, f"lab-{version}.yml") for version in ("1", "2")}
    fleet("apply", files["1"], expect=0)
    whole = commands(fleet("apply", files["2"], expect=0))
    for number in range(1, len(whole) + 1):
        version, other = ("1", "2") if number % 2 else ("2", "1")
        killed = [sys.executable, "-m", "tests.sim.killed_apply", files[version], "mac-01", str(number), "after"]
        subprocess.run(killed, capture_output=True, timeout=300, check=False)
        fleet("apply", files[version], expect=0)
        kept = guest(lab, "mac-01", f"grep -h ^Image= {KEPT}/good/* {KEPT}/previous/*").stdout.split()
        assert kept == [f"Image=docker.io/library/nginx:{each}" for each in (version, other)], f"at command {number}"
        assert image(lab) == f"docker.io/library/nginx:{version}"
    assert commands(fleet("apply", files[version], expect=0)) == []


@pytest.fixture
def tar(tmp_path: Path) -> Path:
    (tmp_path / "blob").write_bytes(os.urandom(3_000_000))
    path = tmp_path / "in.tar"
    with tarfile.open(path, "w") as archive:
        archive.add(tmp_path / "blob", "deep/blob")
    return path


def test_a_volume_goes_in_and_comes_out_byte_by_byte(lab: SimulatedLab, tar: Path, tmp_path: Path) -> None:
    file, out = shop(lab, "1"), tmp_path / "out.tar"
    (mac,) = fleet("volume", "import", file, "mac-01", "fresh", "-i", str(tar), expect=0)["macs"]
    digest = hashlib.sha256(tar.read_bytes()).hexdigest()
    assert (mac["measured"]["volume"]["sha256"], mac["outcome"]) == (digest, "changed")
    (mac,) = fleet("volume", "export", file, "mac-01", "fresh", "-o", str(out), expect=0)["macs"]
    assert mac["measured"]["volume"]["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    with tarfile.open(out) as archive:
        blob = archive.extractfile("./deep/blob")
        assert blob is not None
        assert blob.read() == (tmp_path / "blob").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["blob", "in.tar", "out.tar"]
    (mac,) = fleet("volume", "import", file, "mac-01", "fresh", "-i", str(tar), expect=3)["macs"]
    assert mac["failures"][0]["code"] == "VOLUME_NOT_EMPTY"
    fleet("volume", "import", file, "mac-01", "fresh", "-i", str(tar), "--replace", expect=0)
    fleet("apply", file, expect=0)
    (mac,) = fleet("volume", "import", file, "mac-01", "data", "-i", str(tar), "--replace", expect=3)["macs"]
    assert (mac["failures"][0]["code"], mac["failures"][0]["what"]) == (
        "VOLUME_IN_USE",
        "the volume data is in use by shop-web",
    )
    rows = fleet("volume", "list", file, "mac-01", expect=0)["macs"][0]["measured"]["volumes"]
    assert {(row["volume"], row["stack"], row["used_by"]) for row in rows} >= {
        ("data", "shop", "shop-web"),
        ("fresh", "", ""),
    }
    assert guest(lab, "mac-01", "podman volume rm fresh").returncode == 0


def test_volumes_that_are_not_there_and_files_that_are_are_said(lab: SimulatedLab, tmp_path: Path) -> None:
    file = shop(lab, "1")
    (mac,) = fleet("volume", "export", file, "mac-01", "date", "-o", str(tmp_path / "x.tar"), expect=3)["macs"]
    assert mac["failures"][0]["code"] == "VOLUME_UNKNOWN"
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "x.tar").write_text("mine")
    taken = run("volume", "export", file, "mac-01", "data", "-o", str(tmp_path / "x.tar"))
    assert (taken.returncode, (tmp_path / "x.tar").read_text()) == (64, "mine")
    nothing = run("volume", "import", file, "mac-01", "data", "-i", str(tmp_path / "y.tar"))
    assert nothing.returncode == 64
    assert "cannot be read: No such file" in nothing.stderr


def test_an_export_that_breaks_off_leaves_no_file(lab: SimulatedLab, tmp_path: Path) -> None:
    file = shop(lab, "1")
    fleet("apply", file, expect=0)
    assert (
        guest(
            lab, "mac-01", "head -c 200000000 /dev/zero >/var/lib/containers/storage/volumes/data/_data/big"
        ).returncode
        == 0
    )
    words = [
        sys.executable,
        "-m",
        "carbon_fleet",
        "volume",
        "export",
        file,
        "mac-01",
        "data",
        "-o",
        str(tmp_path / "x.tar"),
    ]
    export = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    part = tmp_path / ".x.tar.part"
    while export.poll() is None and not (part.exists() and part.stat().st_size):
        pass
    export.kill()
    export.wait(30)
    assert not (tmp_path / "x.tar").exists()
    fleet("volume", "export", file, "mac-01", "data", "-o", str(tmp_path / "x.tar"), expect=0)
    assert [path.name for path in tmp_path.iterdir()] == ["x.tar"]
    guest(lab, "mac-01", "rm /var/lib/containers/storage/volumes/data/_data/big")


def test_a_stack_goes_without_its_data_and_data_only_with_consent(lab: SimulatedLab) -> None:
    fleet("apply", shop(lab, "1"), expect=0)
    file = shop(lab, "")
    (mac,) = fleet("apply", file, expect=0)["macs"]
    assert [(notice["address"], notice["code"]) for notice in mac["notices"]] == [
        ("stack.volume.data", "VOLUME_UNUSED")
    ]
    assert fleet("drift", file, expect=0)["macs"][0]["outcome"] == "converged"
    glob = run("apply", "--yes", file, "--delete-volumes", "mac-*")
    assert (glob.returncode, glob.stderr.startswith("--delete-volumes mac-*: no Mac")) == (64, True)
    (mac,) = fleet("apply", file, "--delete-volumes", "mac-01", expect=0)["macs"]
    assert [change["at_stake"] for change in mac["changes"]] == [["volume data of the stack shop, and all data in it"]]
    assert "data" not in guest(lab, "mac-01", "podman volume ls -q").stdout.split()
    assert commands(fleet("apply", file, "--delete-volumes", "mac-01", expect=0)) == []
