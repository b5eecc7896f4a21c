"""The inside of the virtual machine: its GPU's render node, what it was given, its clock, files and units."""

import pytest
from testinfra.host import Host

from carbon_fleet.spec import Mac
from carbon_fleet.verify import wish as wished
from carbon_fleet.verify.look import Look
from carbon_fleet.verify.wish import GuestFile, GuestUnit

pytestmark = pytest.mark.remedy("run `carbon-fleet apply {lab} --limit {mac}`")
RENDER_NODE = "/dev/dri/renderD128"
BOOT_ID = "/proc/sys/kernel/random/boot_id"


@pytest.mark.podman
def test_guest_answers(look: Look) -> None:
    assert look.in_guest("true", 20).status == 0, "the virtual machine runs no command"


@pytest.mark.macos
def test_guest_is_of_the_provider(vm: Host, wish: Mac) -> None:
    marker, wanted = vm.run("cat /etc/podman-machine").stdout.strip(), wished.provider(wish).name
    assert marker == wanted, f"/etc/podman-machine says {marker!r}, not {wanted!r}: it was made by another provider"


@pytest.mark.macos
@pytest.mark.remedy(
    "see that the provider is libkrun, then run `podman machine stop` and `podman machine start` on {mac}"
)
def test_render_node(vm: Host, wish: Mac) -> None:
    if not wished.guest(wish).gpu:
        pytest.skip("the lab file says `guest: {gpu: false}`, or the runtime has no GPU")
    assert vm.run("test -c %s", RENDER_NODE).rc == 0, f"there is no device {RENDER_NODE}: no container can have the GPU"


@pytest.fixture(scope="module")
def hardware(mac: Host, vm: Host) -> Host:
    """The virtual machine, if its hardware is its own: a simulated one shares the kernel, and all that is counted."""
    ours = mac.run("cat %s", BOOT_ID)
    if ours.rc == 0 and ours.stdout == vm.run("cat %s", BOOT_ID).stdout:
        pytest.skip("this machine has no hardware of its own: its kernel is the one its (simulated) Mac runs on")
    return vm


@pytest.mark.macos
def test_guest_cpus(hardware: Host, wish: Mac) -> None:
    found, wanted = int(hardware.check_output("nproc")), wished.machine(wish).cpus
    assert found == wanted, f"the virtual machine counts {found} CPUs; the lab wants {wanted}"


@pytest.mark.macos
def test_guest_memory(hardware: Host, wish: Mac) -> None:
    line = hardware.check_output("grep MemTotal: /proc/meminfo")
    found, wanted = int(line.split()[1]) // 1024, wished.machine(wish).memory
    # The kernel keeps some for itself, and firmware and GPU take their share before it counts.
    assert 0.85 * wanted.mib <= found <= wanted.mib, f"the virtual machine counts {found} MiB; the lab wants {wanted}"


@pytest.mark.macos
@pytest.mark.remedy("restart the machine: a Mac that slept leaves its clock behind; chronyd in it has to run")
def test_guest_clock(mac: Host, vm: Host, wish: Mac) -> None:
    before = int(mac.check_output("date +%s"))
    inside = int(vm.check_output("date +%s"))
    after = int(mac.check_output("date +%s"))
    off = max(before - inside, inside - after, 0)
    allowed = wished.guest(wish).clock_skew
    assert off <= allowed.seconds, f"its clock is off by {off} s; the lab allows {allowed}"


def test_guest_file_content(vm: Host, guest_file: tuple[str, GuestFile]) -> None:
    path, file = guest_file
    found = vm.run("cat %s", path)
    assert found.rc == 0, f"{path} is not there"
    assert found.stdout_bytes == file.content.encode(), f"{path} has other content than the lab file says"


def test_guest_file_mode(vm: Host, guest_file: tuple[str, GuestFile]) -> None:
    path, file = guest_file
    found = vm.run("stat -c %s %s", "%a", path).stdout.strip()
    assert found.zfill(4) == file.mode.zfill(4), f"{path} has mode {found or 'none'}, not {file.mode}"


def test_guest_file_owner(vm: Host, guest_file: tuple[str, GuestFile]) -> None:
    path, file = guest_file
    found = vm.run("stat -c %s %s", "%U:%G", path).stdout.strip()
    user, _, group = file.owner.partition(":")
    wanted = f"{user}:{group or found.partition(':')[2]}"
    assert found == wanted, f"{path} belongs to {found or 'nobody'}, not to {file.owner}"


def test_guest_unit_enabled(vm: Host, guest_unit: tuple[str, GuestUnit]) -> None:
    name, unit = guest_unit
    state = vm.run("systemctl is-enabled %s", name).stdout.strip() or "unknown to systemd"
    enabled = state in ("enabled", "enabled-runtime", "static", "generated", "alias", "indirect")
    assert enabled == unit.enabled, f"{name} is {state}; the lab wants enabled: {unit.enabled}"


def test_guest_unit_active(vm: Host, guest_unit: tuple[str, GuestUnit]) -> None:
    name, unit = guest_unit
    state = vm.run("systemctl is-active %s", name).stdout.strip() or "unknown to systemd"
    assert (state == "active") == unit.active, f"{name} is {state}; the lab wants active: {unit.active}"
