"""files/probe/machine.sh for real, against a made-up home and a podman of our own, under every kind of sh."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.snapshot import Guest, Hop, Snapshot, Unreadable, probe_script, read_snapshot
from carbon_fleet.snapshot.script import Question
from operations.machine import read
from operations.machine.seen import Disk, MachineSeen, State
from tests.unit.operations.run_section import SHELLS, program

pytestmark = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
ABSENT = "echo '[]'; echo 'Error: carbon: VM does not exist' >&2; exit 125"
SSH = 'cat >/dev/null; printf "%s\\n" "%section guest" "argv=$*" "%end guest 0"'


class Home:
    """A login user's home with podman's folders in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / ".config/containers"
        self.data = folder / ".local/share/containers/podman/machine"
        self.bin = folder / "prefix/bin"
        for path in (self.config / "podman/machine/libkrun", self.config / "podman/machine/applehv", self.bin):
            path.mkdir(parents=True)
        for provider in ("libkrun", "applehv"):
            (self.data / provider).mkdir(parents=True)
        program(self.bin, "getconf", f"echo {folder}/T/")
        program(self.bin, "ps", 'printf "%s\\n" "  812 /usr/sbin/sshd" "$(cat "$HOME/ps" 2>/dev/null)"')
        program(self.bin, "ssh", SSH)

    def podman(self, text: str) -> None:
        program(self.bin, "podman", text)

    def inspects(self, state: str, provider: str = "libkrun") -> None:
        told = [
            {
                "ConfigDir": {"Path": str(self.config / "podman/machine" / provider)},
                "Resources": {"CPUs": 4, "DiskSize": 100, "Memory": 8192},
                "SSHConfig": {"IdentityPath": "/keys/a machine", "Port": 50022, "RemoteUsername": "core"},
                "State": state,
                "Rootful": True,
            }
        ]
        (self.folder / "told").write_text(json.dumps(told, indent=4))
        said = 'echo "$CONTAINERS_MACHINE_PROVIDER $TMPDIR $*" >"$HOME/asked"; cat "$HOME/told"'
        self.podman(said)

    def machine(self, provider: str = "libkrun", **more: Any) -> None:
        disk = self.data / provider / "carbon-arm64.raw"
        disk.write_text("data")
        document = {
            "Name": "carbon",
            "Version": 1,
            "Created": "2026-11-20T10:00:00Z",
            "ImagePath": {"Path": str(disk)},
            "Resources": {"CPUs": 4, "DiskSize": 100, "Memory": 8192},
            **more,
        }
        (self.config / f"podman/machine/{provider}/carbon.json").write_text(json.dumps(document))

    def probe(self, shell: tuple[str, ...], wish: dict[str, str] | None = None) -> Snapshot:
        variables = {"CF_MACHINE_NAME": "carbon", "CF_PREFIX": str(self.folder / "prefix"), **(wish or {})}
        guest = {"CF_GUEST_FILES": "", "CF_GUEST_UNITS": ""}
        script = probe_script([Question("machine", variables=variables), Question("guest", True, guest)])
        done = subprocess.run(
            shell,
            input=script,
            text=True,
            capture_output=True,
            timeout=60,
            check=False,
            env={"HOME": str(self.folder), "PATH": f"{self.bin}:{os.defpath}", "TMPDIR": str(self.folder)},
        )
        assert (done.returncode, done.stderr) == (0, "")
        return read_snapshot("mac-01", done.stdout.splitlines())

    def seen(self, shell: tuple[str, ...]) -> MachineSeen:
        return read(self.probe(shell).section("machine"))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_a_running_machine_is_entered_with_inspects_own_key_and_port(home: Home, shell: tuple[str, ...]) -> None:
    home.inspects("running")
    home.machine()
    (home.folder / "ps").write_text(
        f" 4711 /opt/homebrew/bin/krunkit --device virtio-blk,path={home.data}/libkrun/carbon-arm64.raw\n"
        f" 4712 /usr/bin/python3 -IS /x/gvproxy -listen-vfkit unixgram://{home.folder}/T/podman/carbon-gvproxy.sock\n"
        " 4713 tail -f /var/log/krunkit.log\n"
    )
    snapshot = home.probe(shell)
    seen = read(snapshot.section("machine"))
    assert (snapshot.guest, snapshot.hop) == (Guest.REACHED, Hop("/keys/a machine", 50022))
    assert "-i /keys/a machine -p 50022" in (snapshot.section("guest").get("argv") or "")
    assert (seen.state, seen.disk) == (State.RUNNING, Disk.FILLED)
    assert seen.processes.hypervisors == {"carbon": 4711}
    assert seen.processes.gvproxies == {"carbon": 4712}
    assert (home.folder / "asked").read_text() == f"libkrun {home.folder}/T/ machine inspect carbon\n"


def test_a_stopped_machine(home: Home, shell: tuple[str, ...]) -> None:
    home.inspects("stopped")
    home.machine()
    snapshot = home.probe(shell)
    assert (snapshot.guest, snapshot.hop) == (Guest.STOPPED, None)
    assert read(snapshot.section("machine")).state is State.STOPPED


def test_an_applehv_machine_is_asked_for_under_its_own_provider(home: Home, shell: tuple[str, ...]) -> None:
    home.inspects("stopped", "applehv")
    home.machine("applehv")
    seen = home.seen(shell)
    assert seen.config is not None
    assert seen.config.provider == "applehv"
    assert (home.folder / "asked").read_text().startswith("applehv ")


def test_no_machine(home: Home, shell: tuple[str, ...]) -> None:
    home.podman(ABSENT)
    snapshot = home.probe(shell)
    assert snapshot.guest is Guest.ABSENT
    assert read(snapshot.section("machine")).state is State.ABSENT


def test_no_podman(home: Home, shell: tuple[str, ...]) -> None:
    snapshot = home.probe(shell)
    assert snapshot.guest is Guest.ABSENT
    assert not read(snapshot.section("machine")).podman
    home.machine()
    snapshot = home.probe(shell)
    assert snapshot.guest is Guest.STOPPED
    assert read(snapshot.section("machine")).config is not None


@pytest.mark.parametrize(
    ("podman", "detail"),
    [
        ("echo 'Error: invalid character' >&2; exit 125", "failed with exit status 125"),
        ("echo WARN", "said nothing that could be understood"),
        ("""echo '[{"State": "running"}]'""", "podman told no way into the machine"),
    ],
)
def test_an_answer_that_is_none_makes_the_guest_unreadable(
    home: Home, shell: tuple[str, ...], podman: str, detail: str
) -> None:
    home.podman(podman)
    home.machine()
    snapshot = home.probe(shell)
    assert snapshot.guest is Guest.UNREADABLE
    assert detail in snapshot.guest_detail


def test_disks_notes_connections_and_foreign_files(home: Home, shell: tuple[str, ...]) -> None:
    home.podman(ABSENT)
    (home.data / "libkrun/carbon-arm64.raw").touch()
    (home.config / "podman-connections.json").write_text(
        '{"Connection":{"Default":"db","Connections":{"db":{"URI":"x"}}}}'
    )
    (home.config / "podman/machine/libkrun/my notes.json").write_text('{"Name": "ol')
    (home.config / "podman/machine/applehv/big.json").write_text("x" * 70000)
    state = home.folder / ".local/state/carbon-fleet/machine"
    state.mkdir(parents=True)
    (state / "carbon.mark").write_text("making\n\n")
    seen = home.seen(shell)
    assert seen.disk is Disk.EMPTY
    assert seen.mark == "making"
    assert (seen.default, set(seen.connections)) == ("db", {"db"})
    assert sorted(Path(path).name for path in seen.foreign) == ["big.json", "my notes.json"]


def test_what_an_image_was_made_from(home: Home, shell: tuple[str, ...]) -> None:
    home.inspects("stopped")
    home.machine()
    state = home.folder / ".local/state/carbon-fleet/machine"
    state.mkdir(parents=True)
    (state / "carbon.made").write_text("\n2026-11-20T10:00:00Z\n")
    assert (home.seen(shell).made_from, home.seen(shell).image_digest) == ("", "")
    (state / "carbon.made").write_text(f"\n2026-11-20T10:00:00Z\n{'9' * 64}\n")
    assert (home.seen(shell).made_from, home.seen(shell).image_digest) == ("", "9" * 64)
    (state / "carbon.made").write_text(f"\n2026-11-19T10:00:00Z\n{'9' * 64}\n")
    assert home.seen(shell).image_digest == "", "it is of another machine"


def test_a_ps_that_fails_is_not_an_empty_ps(home: Home, shell: tuple[str, ...]) -> None:
    home.inspects("stopped")
    home.machine()
    program(home.bin, "ps", "exit 1")
    with pytest.raises(Unreadable, match="ps could not say"):
        home.seen(shell)


def test_a_replacement_and_what_is_kept_of_earlier_ones(home: Home, shell: tuple[str, ...]) -> None:
    home.inspects("stopped")
    home.machine()
    state = home.folder / ".local/state/carbon-fleet"
    (state / "machine").mkdir(parents=True)
    (state / "machine/carbon.replacing").write_text("moved\n/kept here\n")
    for name in ("20261101T000000Z", "20261130T000000Z"):
        (state / "replaced/carbon" / name / "machine").mkdir(parents=True)
    (state / "replaced/carbon/20261101T000000Z/done").write_text("1793491200\n")
    seen = home.seen(shell)
    assert seen.replacing == ("moved", "/kept here")
    assert [(old.folder, old.since, old.kib < 64) for old in seen.replaced] == [("20261101T000000Z", 1793491200, True)]


MOUNTS = [{"ReadOnly": True, "Source": "/Users", "Tag": "a2a0", "Target": "/Users", "Type": "virtiofs"}]


@pytest.mark.parametrize(
    ("wish", "due"),
    [
        ({}, False),
        ({"CF_MACHINE_DISK": "120"}, False),
        ({"CF_MACHINE_DISK": "90"}, True),
        ({"CF_MACHINE_SWAP": "1024"}, True),
        ({"CF_MACHINE_VOLUMES": "/Users:/Users"}, True),
        ({"CF_MACHINE_IMAGE": "quay.io/lab/os:2"}, True),
    ],
)
def test_more_is_looked_at_only_where_another_machine_is_due(
    home: Home, shell: tuple[str, ...], wish: dict[str, str], due: bool
) -> None:
    home.inspects("running")
    home.machine(Mounts=MOUNTS, Swap=0)
    (home.folder / ".local/state/carbon-fleet/machine").mkdir(parents=True)
    (home.folder / ".local/state/carbon-fleet/machine/carbon.made").write_text("\n2026-11-20T10:00:00Z\n")
    program(home.bin, "netstat", 'echo "tcp4 0 0 127.0.0.1.8888 127.0.0.1.50001 ESTABLISHED 1 2"')
    program(home.bin, "ssh", 'printf "%s\\n" "%section guest" "stake=$(grep -c ^CF_GUEST_STAKE=yes)" "%end guest 0"')
    wished = {"CF_MACHINE_DISK": "100", "CF_MACHINE_SWAP": "0", "CF_MACHINE_VOLUMES": "/Users:/Users:ro"}
    snapshot = home.probe(shell, wished | wish)
    assert read(snapshot.section("machine")).connected == ({8888: 1} if due else {})
    assert snapshot.section("guest").get("stake") == str(int(due))
