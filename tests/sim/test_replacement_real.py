"""A machine with 200 MB in a volume is replaced in a real VM: real podman, systemd, Quadlet; root's and core's."""

import hashlib
import re
from collections.abc import Iterator

import pytest

from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.replacing import FILL, FIRST, INSTALL, LOOK, OTHER, Replacing
from tests.sim.runs import fleet, lab_file

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(600)]
PLACE = 'podman volume inspect --format "{{.Mountpoint}}"'
UNIT = r"[Container]\nImage=debian:bookworm\nExec=sleep infinity\nVolume=large:/data\n"
LARGE = f"""set -e
podman volume create large >/dev/null; D=$({PLACE} large)
head -c 200000000 /dev/urandom >"$D/random"; chown 999:998 "$D/random"; chmod 600 "$D/random"
mkdir -m 2770 "$D/database"; for i in $(seq 200); do echo "$i" >"$D/database/$i"; done
chown -R 70:70 "$D/database"
printf "{UNIT}" >/etc/containers/systemd/theirs.container
systemctl daemon-reload; systemctl start theirs
podman run -d --name by-hand -p 127.0.0.1:18081:80 -v data:/d debian:bookworm sleep infinity >/dev/null
"""
CORE = f"""podman volume create own >/dev/null; D=$({PLACE} own)
podman run --rm -v own:/d debian:bookworm sh -c "echo mine >/d/file; chown 1000:1000 /d/file"
podman create --name cores -p 127.0.0.1:18082:80 debian:bookworm true >/dev/null
stat -c "%u %g" "$D/file" """


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replacing]:
    with SimulatedLab.up(macs=1, vm="real", state=tmp_path_factory.mktemp("lab")) as running:
        assert running.mac("mac-01").ssh(INSTALL).returncode == 0
        replacing = Replacing(running.mac("mac-01"))
        replacing.converge(FIRST)
        replacing.inside(FILL)
        replacing.inside(LARGE)
        yield replacing


def at_stake(there: Replacing) -> str:
    """What `carbon-fleet plan` says is at stake, a line each."""
    wish = {"name": "carbon", "cpus": 2, "memory": "2GiB", "disk": "20GiB", "volumes": ["/Users:/Users"]}
    lab = SimulatedLab(there.mac.state)
    (mac,) = fleet("plan", lab_file(lab, machine=wish), "--only", "machine", expect=2)["macs"]
    return "\n".join(mac["changes"][0]["at_stake"])


def test_every_volume_is_byte_equal_afterwards(there: Replacing) -> None:
    owner = there.inside(CORE, user="core").splitlines()[-1]
    large = LOOK.replace(" data", " large")
    disk, before = there.disk(), hashlib.sha256((there.inside(LOOK) + there.inside(large)).encode()).hexdigest()
    assert "theirs" in there.inside("podman ps --format '{{.Names}}'")
    stake = at_stake(there)
    assert re.search(r"container by-hand \(up .*, \S+ in no volume, port 18081\)", stake)
    assert re.search(r"container cores \(created, \S+ in no volume, port 18082\)", stake), stake
    assert re.search(r"volume large \(19\d\.\d MiB, last written 20", stake)
    assert re.search(r"volume own \(\d+ KiB, last written 20", stake)
    assert re.search(r"image \S*debian:bookworm \(\d+.*MB\)", stake)
    there.converge(OTHER)
    assert there.disk() != disk
    assert hashlib.sha256((there.inside(LOOK) + there.inside(large)).encode()).hexdigest() == before
    place = there.inside(f"{PLACE} own", user="core").strip()
    assert there.inside(f"cat {place}/file; stat -c '%u %g' {place}/file").splitlines() == ["mine", owner]
    (kept,) = there.kept
    definitions = (kept / "containers-root.json").read_text()
    assert '"by-hand"' in definitions
    assert "CreateCommand" in definitions
    assert (kept / "quiet-root").read_text().splitlines() == ["unit theirs.service", "container by-hand"]
    done = there.mac.ssh("sh ~/.local/state/carbon-fleet/replaced/carbon/*/containers", timeout=300)
    became = ["by-hand: made as it was", "cores: made as it was", "systemd-theirs: started by theirs.service"]
    assert (done.returncode, sorted(done.stdout.splitlines())) == (0, became), done
    assert set(there.inside("podman ps --format '{{.Names}}'").split()) == {"by-hand", "systemd-theirs"}
    assert "18081" in there.inside("podman port by-hand")


def test_the_old_one_comes_back_with_all_that_ran(there: Replacing) -> None:
    done = there.mac.ssh("sh ~/.local/state/carbon-fleet/replaced/carbon/*/restore", timeout=300)
    assert done.returncode == 0, done.stderr
    assert set(there.inside("podman ps --format '{{.Names}}'").split()) >= {"by-hand"}
    assert there.inside("systemctl is-active theirs || :").strip() in ("active", "activating")
