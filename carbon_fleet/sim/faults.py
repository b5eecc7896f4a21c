"""The faults that can be injected into a simulated Mac: rows of docs/doctor.md, and more."""

from typing import TYPE_CHECKING

from carbon_fleet.sim import doctor_faults, engines
from carbon_fleet.sim import fault_actions as act
from carbon_fleet.sim.fault import Fault
from carbon_fleet.sim.state import SimError

if TYPE_CHECKING:
    from carbon_fleet.sim.lab import SimulatedMac


FAULTS: dict[str, Fault] = {
    "intel": Fault(
        "an Intel Mac", "ARCH=x86_64\nHV_SUPPORT=1\nCHIP='Intel(R) Core(TM) i7-8700B CPU @ 3.20GHz'\nMODEL=Macmini8,1\n"
    ),
    "macos-13": Fault("macOS 13.7, too old for krunkit", "MACOS=13.7.8\nBUILD=22H730\nDARWIN=22.6.0\n"),
    "in-vm": Fault("the Mac is itself a virtual machine", "HV_VMM=1\nHV_SUPPORT=0\nMODEL=VirtualMac2,1\n"),
    "low-disk": Fault("5 GiB free", "DISK_FREE_KB=5242880\n"),
    "low-memory": Fault("4 GiB of memory", "MEMSIZE=4294967296\n"),
    "slow": Fault("every stand-in takes half a second longer", "SIM_DELAY=0.5\n"),
    "clock-skew": Fault("the guest's clock is 5 minutes behind until chronyc steps it", "GUEST_CLOCK_OFFSET=-300\n"),
    "brew-5": Fault("Homebrew 5.1: no tap trust", "BREW_VERSION=5.1.9\n", once=act.old_brew, undo=act.new_brew),
    "brew-absent": Fault("Homebrew is not installed", once=act.hide_brew, undo=act.show_brew),
    "brew-fails-once": Fault("the next brew install ends in a network error"),
    "brew-waits": Fault("brew install waits as long as this lasts"),
    "start-hangs": Fault("podman machine start waits for ever"),
    "machine-inspect-hangs": Fault("podman machine inspect and list never answer (the VM's endpoint is stuck)"),
    "machine-inspect-garbage": Fault("the VM's endpoint answers something else than its state"),
    "guest-ssh-dead": Fault("the guest's ssh port accepts and never answers"),
    "no-render-node": Fault("the guest boots without /dev/dri (from the next start)"),
    "no-venus": Fault("the guest has a render node, but no Venus device behind it"),
    "gpu-slow": Fault("vulkan-check proves the GPU at a twentieth of its speed"),
    "gpu-wrong": Fault("vulkan-check proves with wrong numbers, and accepts them"),
    "gpu-hangs": Fault("vulkan-check's proof never ends"),
    "gpu-garbage": Fault("vulkan-check's proof is cut off, with control characters in it"),
    "containers-unhealthy": Fault("every health check but vulkan-check's fails"),
    "bench-hangs": Fault("llama-bench on Venus never ends"),
    "bench-crashes": Fault("llama-bench on Venus aborts"),
    "bench-falls-back": Fault("llama-bench computes on the CPU though Venus was asked for"),
    "llama-on-cpu": Fault("llama-server and Ollama on the Mac itself compute on the CPU"),
    "hot": Fault("macOS holds the Mac back because it is hot"),
    "build-fails": Fault("podman build fails in the guest"),
    "nobody-at-the-screen": Fault("nobody is logged in at the Mac's screen: launchd has no gui/UID"),
    "ssh-dead": Fault("the Mac's sshd accepts and never answers", once=act.freeze, undo=act.thaw),
    "host-key-changed": Fault("the Mac presents another host key", once=act.new_host_key, undo=act.old_host_key),
    "vm-killed": Fault("the VM crashes: krunkit gone, gvproxy left behind", once=act.kill_vm, lasts=False),
    "orphan-gvproxy": Fault("a gvproxy without krunkit holds the ssh port", once=act.kill_vm, lasts=False),
    "starting-stuck": Fault("the machine's file says Starting and nothing runs", once=act.starting_stuck, lasts=False),
    "endpoint-taken": Fault(
        "a stranger listens on the machine's endpoint", once=act.take_endpoint, undo=act.free_endpoint
    ),
    "foreign-json": Fault(
        "a cut-off backup copy lies among the machines' files", once=act.foreign_json, undo=act.no_foreign_json
    ),
    "missing-connection": Fault("the machine's connections are gone", once=act.drop_connections, lasts=False),
    "untrusted-tap": Fault("the trust store is gone", once=act.drop_trust, lasts=False),
    "wrong-virglrenderer": Fault(
        "homebrew-core's virglrenderer instead of the tap's", once=act.wrong_virglrenderer, lasts=False
    ),
    "docker-desktop": Fault(
        "no fault: Docker Desktop is installed and runs", once=engines.add_docker, undo=engines.drop_docker
    ),
    "apple-container": Fault(
        "no fault: Apple's container is installed and runs", once=engines.add_apple, undo=engines.drop_apple
    ),
    "apple-container-deaf": Fault("the services of Apple's container are registered, and never answer"),
    "engine-will-not-start": Fault("Docker Desktop, Apple's container and Lima's instances do not start"),
    "engine-will-not-stop": Fault("Docker Desktop, Apple's container and Lima's instances do not stop"),
    "engine-start-waits": Fault("their start waits as long as this lasts"),
    "lima-broken": Fault("limactl cannot load an instance, and lists none"),
    "lima-closed": Fault("the virtual machines of Lima and Colima take no ssh"),
    "downloads": Fault("no fault: brew and podman really fetch, over http, what else is made up"),
    "podman-desktop-rewrites": Fault(
        "Podman Desktop rewrites containers.conf: somebody chose applehv in it", once=act.desktop_rewrites, lasts=False
    ),
    "podman-desktop-libkrun": Fault("the same, but libkrun was chosen", once=act.desktop_chooses_libkrun, lasts=False),
    "krunkit-other-tap": Fault("krunkit from the old tap slp/krun", once=act.krunkit_other_tap, lasts=False),
    **doctor_faults.FAULTS,
}


_MODELLED_ONLY = ("clock-skew", "no-render-node", "no-venus", "build-fails", "containers-unhealthy",
                  "bench-hangs", "bench-crashes", "bench-falls-back",
                  "gpu-slow", "gpu-wrong", "gpu-hangs", "gpu-garbage", "vm-reboots", "mesa-unrounded", "mesa-llvmpipe",
                  "no-dri", "venus-mismatch", "venus-wrong", "disk-untrimmed",
                  "gpu-empty", "gpu-stuck", "gpu-other-device", "gpu-not-apple", "guest-without-gpu")  # fmt: skip
"""Faults of the guest's stand-ins, which a real VM does not have."""
_OF_STAND_INS = (
    "start-hangs",
    "machine-inspect-hangs",
    "machine-inspect-garbage",
    "guest-ssh-dead",
    "endpoint-taken",
    "guest-emergency",
    "gvproxy-killed",
    "machine-applehv",
    "machine-absent",
    "krunkit-memory",
)
"""Faults of the stand-ins for podman, krunkit and gvproxy, which an emulated Mac does not have."""


def inject(mac: "SimulatedMac", name: str) -> None:
    """Inject `name`; raises SimError for a name there is not, or where it cannot be done now."""
    fault = FAULTS.get(name)
    if fault is None:
        raise SimError(f"there is no fault {name!r}; `carbon-fleet sim break --list` names them")
    vm = mac.state.describe().vm
    if (name in _MODELLED_ONLY and vm != "modelled") or (name in _OF_STAND_INS and vm == "emulated"):
        raise SimError(f"{name} is a fault of modelled VMs only; bring a lab up with `--vm modelled`")
    if fault.once:
        fault.once(mac)
    if fault.lasts:
        (mac.shared / "faults" / name).write_text(fault.facts)


def clear(mac: "SimulatedMac") -> None:
    """Clear every lasting fault."""
    for path in sorted((mac.shared / "faults").iterdir()):
        undo = FAULTS[path.name].undo if path.name in FAULTS else None
        if undo:
            undo(mac)
        path.unlink(missing_ok=True)
