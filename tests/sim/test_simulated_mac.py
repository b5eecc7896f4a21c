"""A simulated Mac as a controller meets it: real ssh, macOS's userland, every shell; and `down` leaves nothing."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from carbon_fleet.sim.state import SimError
from carbon_fleet.sim.userland.programs import SHELLS

pytestmark = pytest.mark.sim


def out(mac: SimulatedMac, command: str) -> str:
    said = mac.ssh(command)
    assert said.returncode == 0, f"{command}: {said.returncode} {said.stderr}"
    return said.stdout.strip()


def test_it_says_it_is_a_mac(bare: SimulatedMac) -> None:
    assert (
        out(bare, "uname -s; uname -m; sw_vers -productVersion; sysctl -n kern.hv_support") == "Darwin\narm64\n26.1\n1"
    )
    assert out(bare, "id -u; id -un; echo $HOME; getconf DARWIN_USER_TEMP_DIR").split()[:3] == [
        "501",
        "lab",
        "/Users/lab",
    ]


def test_homebrew_is_not_on_the_path_of_a_non_login_shell(bare: SimulatedMac) -> None:
    assert out(bare, "echo $PATH") == "/usr/bin:/bin:/usr/sbin:/sbin"
    assert bare.ssh("brew --version").returncode == 127
    assert out(bare, "/opt/homebrew/bin/brew --version").startswith("Homebrew 6.")


@pytest.mark.parametrize("name", ["timeout", "sha256sum", "realpath", "apt-get", "systemctl", "python3", "gsed", "tac"])
def test_what_only_linux_has_is_not_there(bare: SimulatedMac, name: str) -> None:
    assert bare.ssh(f"command -v {name}").returncode != 0


@pytest.mark.parametrize(
    "command",
    [
        "stat -c %s /etc/passwd",
        "readlink -f /etc",
        "date -d tomorrow",
        "base64 -w0 /etc/passwd",
        "cp --preserve=mode /etc/passwd /tmp/x",
        "ls --color=never /",
        "mv -T /tmp/a /tmp/b",
        "find -name x",
        "find /etc -printf %p",
        "df --output=avail /",
        "sed --in-place s/a/b/ /tmp/x",
    ],
)
def test_gnu_habits_fail(bare: SimulatedMac, command: str) -> None:
    assert bare.ssh(command).returncode != 0


def test_bsd_habits_work(bare: SimulatedMac) -> None:
    bare.ssh("printf 'a\\nb\\n' >/tmp/f; chmod 640 /tmp/f")
    assert out(bare, "stat -f '%Lp %Su %Sg %z' /tmp/f") == "640 lab staff 4"
    assert out(bare, "sed -i '' s/a/c/ /tmp/f && cat /tmp/f") == "c\nb"
    assert out(bare, "base64 -i /tmp/f | base64 -D") == "c\nb"
    assert out(bare, "date -u -r 0 +%Y") == "1970"
    assert out(bare, "shasum -a 256 /tmp/f").startswith("")
    assert out(bare, "df -k / | tail -1").startswith("/dev/disk3s5")


def test_a_suffixless_sed_i_takes_the_script_for_the_suffix(bare: SimulatedMac) -> None:
    assert bare.ssh("sed -i s/a/b/ /tmp/f").returncode != 0


def test_another_host_key_or_an_unknown_key_does_not_enter(bare: SimulatedMac) -> None:
    bare.break_("host-key-changed")
    said = bare.ssh("true")
    assert said.returncode == 255
    assert "REMOTE HOST IDENTIFICATION HAS CHANGED" in said.stderr
    bare.mend()
    assert bare.ssh("true").returncode == 0


def test_a_dead_sshd_accepts_and_never_answers(bare: SimulatedMac) -> None:
    bare.break_("ssh-dead")
    try:
        with pytest.raises(subprocess.TimeoutExpired):
            bare.ssh("true", timeout=2)
    finally:
        bare.mend()
    assert bare.ssh("true", timeout=20).returncode == 0


def test_facts_follow_faults(bare: SimulatedMac) -> None:
    bare.break_("macos-13")
    assert out(bare, "sw_vers -productVersion") == "13.7.8"
    bare.mend()
    assert out(bare, "sw_vers -productVersion") == "26.1"
    with pytest.raises(SimError, match="there is no fault 'nonsense'"):
        bare.break_("nonsense")


def test_sudo_is_for_a_listed_few(bare: SimulatedMac) -> None:
    assert bare.ssh("sudo -n cat /etc/passwd").stderr == "sudo: a password is required\n"
    assert bare.ssh("pmset -a sleep 0").returncode != 0
    assert out(bare, "sudo -n pmset -a sleep 0 && pmset -g | grep ' sleep '").split() == ["sleep", "0"]


@pytest.mark.parametrize("shell", sorted(SHELLS))
def test_every_shell_runs_posix_sh(shell: str, tmp_path: Path) -> None:
    if not Path("/usr/bin", SHELLS[shell]).exists():
        pytest.skip(f"{shell} is not on this machine")
    with SimulatedLab.up(state=tmp_path, shell=shell) as lab:
        mac = lab.mac("mac-01")
        assert out(mac, "set -u; x=a; case $x in a) printf '%s\\n' \"${x}b\" ;; esac; : $((1 + 2))") == "ab"
        assert SHELLS[shell] in out(mac, "readlink /bin/sh")
        assert mac.ssh("timeout 1 true").returncode == 127


def test_two_labs_side_by_side_and_nothing_stays(tmp_path: Path) -> None:
    before = processes()
    with SimulatedLab.up(state=tmp_path, name="one") as one, SimulatedLab.up(state=tmp_path, name="two") as two:
        assert {lab.mac("mac-01").ssh("hostname").returncode for lab in (one, two)} == {0}
        assert one.mac("mac-01").address.port != two.mac("mac-01").address.port
        again = SimulatedLab.up(state=tmp_path, name="one")
        assert again.status()["supervisor"] == one.status()["supervisor"]
        with pytest.raises(SimError, match="sim down"):
            SimulatedLab.up(state=tmp_path, name="one", macs=3)
    assert list(tmp_path.iterdir()) == []
    assert not [line for line in processes() - before if str(tmp_path) in line]


def test_a_dead_supervisor_takes_its_macs_along_and_the_lab_comes_back_with_its_disks(tmp_path: Path) -> None:
    with SimulatedLab.up(state=tmp_path) as lab:
        mac = lab.mac("mac-01")
        out(mac, "echo kept >~/kept")
        os.kill(lab.status()["supervisor"], signal.SIGKILL)
        deadline = time.monotonic() + 10
        while mac.ssh("true").returncode == 0 and time.monotonic() < deadline:
            time.sleep(0.1)
        assert mac.ssh("true").returncode == 255
        assert lab.status()["supervisor"] is None
        SimulatedLab.up(state=tmp_path)
        assert out(mac, "cat ~/kept") == "kept"


def processes() -> set[str]:
    return set(
        subprocess.run(["ps", "axo", "pid,args"], capture_output=True, text=True, check=True).stdout.splitlines()
    )
