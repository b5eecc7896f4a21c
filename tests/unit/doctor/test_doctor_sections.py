"""files/probe/doctor.sh and doctor_inside.sh for real, with programs of our own, under every kind of sh."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from carbon_fleet.doctor.seen import DoctorSeen, Said, read, read_inside
from tests.unit.operations.run_section import SHELLS, program, run_section

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
PS = """case "$*" in
'-axww -o pid=,ppid=,rss=,command=')
    printf '%s\\n' "1 0 900 /sbin/launchd" "90 1 700 /usr/sbin/sshd -D" "91 90 700 sshd-session: lab@notty" \\
        "$PPID 91 300 sh -s" "77 1 3145728 /opt/homebrew/bin/krunkit --device virtio-blk,path=/x/carbon-arm64.raw" ;;
'-o command= -p 4711') echo '/opt/homebrew/bin/gvproxy -mtu 1500' ;;
*) exit 1 ;;
esac"""
GVPROXY = "gvproxy version v0.8.9"
VARIABLES = {"CF_DOCTOR_MACHINE": "carbon", "CF_DOCTOR_SUDO": "no"}


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    program(folder, "ps", PS.replace("$PPID", "$(sed -n 's/^PPid:.//p' /proc/$PPID/status)"))
    program(folder, "getconf", f'[ "$1" = DARWIN_USER_TEMP_DIR ] && echo {tmp_path}/temp/')
    program(folder, "launchctl", "echo Background")
    program(folder, "uname", "echo Darwin")
    program(folder, "stat", "echo ann")
    program(folder, "sysctl", "echo 1")
    program(folder, "codesign", "echo '[Key] com.apple.security.hypervisor'")
    return folder


@each_shell
def test_on_what_is_no_mac_nothing_is_asked(tmp_path: Path, shell: tuple[str, ...]) -> None:
    variables = {**VARIABLES, "CF_DOCTOR_PREFIX": "/opt/homebrew"}
    programs = tmp_path / "bin"
    programs.mkdir()
    program(programs, "uname", "echo Linux")
    assert read(run_section(shell, "doctor", variables, home=tmp_path, programs=programs)) == DoctorSeen()


@each_shell
def test_of_a_variable_with_lines_the_first_is_told(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    variables = {**VARIABLES, "CF_DOCTOR_PREFIX": "/opt/homebrew"}
    more = {"XDG_CONFIG_HOME": "/one\n%section evil\nx", "TMUX": "/tmp/tmux"}
    found = read(run_section(shell, "doctor", variables, home=tmp_path, programs=programs, env=more))
    assert (found.env["XDG_CONFIG_HOME"], found.env["TMUX"]) == ("/one", "set")


def seen(shell: tuple[str, ...], home: Path, programs: Path, **more: str) -> DoctorSeen:
    variables = {**VARIABLES, "CF_DOCTOR_PREFIX": str(home / "brew"), **more}
    return read(run_section(shell, "doctor", variables, home=home, programs=programs))


@each_shell
def test_a_whole_mac(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    keg = tmp_path / "brew/opt/krunkit/share/krunkit"
    keg.mkdir(parents=True)
    (keg / "KRUN_EFI.silent.fd").touch()
    (tmp_path / "brew/bin").mkdir()
    program(tmp_path / "brew/bin", "krunkit", "echo krunkit 1.3.2")
    program(tmp_path / "brew/bin", "gvproxy", f"[ $1 = -version ] && echo {GVPROXY}")
    run = tmp_path / "temp/podman"
    run.mkdir(parents=True)
    (run / "gvproxy.pid").write_text("4711")
    (run / "carbon.log").write_text("You are in emergency mode\n")
    conf = tmp_path / ".config/containers/containers.conf.d"
    conf.mkdir(parents=True)
    (conf / "50-carbon-fleet.conf").write_text('# ours\n[machine]\nprovider = "libkrun" # and no other\n')
    (conf / "90.conf").write_text('[engine]\nprovider = "no"\n[machine]\n  provider="applehv"\n')
    found = seen(shell, tmp_path, programs)
    assert found.krunkit is not None
    assert (found.krunkit.status, found.krunkit.last) == (0, "krunkit 1.3.2")
    assert found.entitlements is not None
    assert "hypervisor" in found.entitlements.text
    assert (found.firmware, found.manager, found.console, found.pressure) == (True, "Background", "ann", 1)
    assert found.conf == (("libkrun", f"{conf}/50-carbon-fleet.conf"), ("applehv", f"{conf}/90.conf"))
    assert found.pid_file == ("gvproxy", "4711", f"{run}/gvproxy.pid")
    assert (found.emergency, found.rss, found.keychain_login, found.sudo) == (True, 3 * 2**30, "", None)
    assert found.temp == f"{tmp_path}/temp/"
    assert found.wall is not None
    assert abs(found.wall - datetime.now(UTC)) < timedelta(minutes=2)
    assert (found.gvproxy_path, found.gvproxy) == (f"{tmp_path}/brew/bin/gvproxy", Said(0, GVPROXY, GVPROXY))


@each_shell
def test_a_bare_mac_says_nothing_of_what_is_not_there(tmp_path: Path, programs: Path, shell: tuple[str, ...]) -> None:
    auth = tmp_path / ".docker/config.json"
    auth.parent.mkdir()
    auth.write_text('{"credsStore": "osxkeychain"}')
    (tmp_path / "temp/podman").mkdir(parents=True)
    (tmp_path / "temp/podman/gvproxy.pid").write_text("12")
    found = seen(shell, tmp_path, programs)
    assert (found.krunkit, found.entitlements, found.firmware, found.conf) == (None, None, None, ())
    assert found.pid_file is not None
    assert found.pid_file[0] == "gone"
    assert (found.emergency, found.keychain_login) == (False, str(auth))
    assert found.split == ()


@each_shell
def test_inside(tmp_path: Path, shell: tuple[str, ...]) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    lines = r"case $* in *Linux*) printf 'a\nb\nc\n' ;; *) exit 1 ;; esac"
    program(programs, "journalctl", lines)
    program(programs, "df", "printf 'Filesystem K Used Av Cap On\\n/dev/vda4 200 50 150 25%% /var\\n'")
    program(programs, "systemctl", "echo 'x.service loaded failed failed X'")
    program(programs, "podman", "echo 'REFUSED: no-venus: none here'; exit 1")
    variables = {"CF_DOCTOR_CHECK": "check"}
    found = read_inside(run_section(shell, "doctor_inside", variables, home=tmp_path, programs=programs))
    assert (found.boots, found.reboot_keys, found.used, found.failed) == (3, 0, 50 * 1024, ("x.service",))
    assert found.vulkan == (False, "no-venus", "none here")
    program(programs, "podman", "exit 124")
    found = read_inside(run_section(shell, "doctor_inside", variables, home=tmp_path, programs=programs))
    assert found.vulkan is not None
    assert found.vulkan[:2] == (False, "timeout"), "a vulkan-check that was cut off hung"
    variables = {"CF_DOCTOR_CHECK": ""}
    program(programs, "journalctl", "exit 2")
    program(programs, "df", "exit 1")
    found = read_inside(run_section(shell, "doctor_inside", variables, home=tmp_path, programs=programs))
    assert (found.boots, found.used, found.vulkan) == (None, None, None)
