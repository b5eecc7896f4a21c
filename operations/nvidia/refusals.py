"""What a host's admin has to do before containers can have its GPU: drivers and repositories are never put there by us.

Sources: NVIDIA's Container Toolkit guide ("Installing the NVIDIA Container Toolkit", "Support for Container Device
Interface") and the distributions' own pages on the driver (wiki.debian.org/NvidiaGraphicsDrivers, `ubuntu-drivers`,
RPM Fusion's Howto/NVIDIA).
"""

from collections.abc import Iterator

from carbon_fleet.plan import Refusal
from operations.distribution import Family
from operations.nvidia.seen import NvidiaSeen
from operations.nvidia.wish import Nvidia

_GUIDE = "https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html"
_PLACE = "https://nvidia.github.io/libnvidia-container"
_KEYRING = "/usr/share/keyrings/nvidia-container-toolkit-keyring.gpg"
_DRIVER = {
    "debian": "`sudo apt-get install nvidia-driver` (Debian: from non-free) or `sudo ubuntu-drivers install` (Ubuntu)",
    "fedora": "`sudo dnf install akmod-nvidia xorg-x11-drv-nvidia-cuda` (from RPM Fusion)",
}
_TOOLKIT = {
    "debian": (
        f"`curl -fsSL {_PLACE}/gpgkey | sudo gpg --dearmor -o {_KEYRING}`, "
        f"`curl -fsSL {_PLACE}/stable/deb/nvidia-container-toolkit.list | "
        f"sed 's#deb https://#deb [signed-by={_KEYRING}] https://#g' | "
        "sudo tee /etc/apt/sources.list.d/nvidia-container-toolkit.list`, "
        "`sudo apt-get update && sudo apt-get install nvidia-container-toolkit-base`"
    ),
    "fedora": (
        f"`curl -fsSL {_PLACE}/stable/rpm/nvidia-container-toolkit.repo | "
        "sudo tee /etc/yum.repos.d/nvidia-container-toolkit.repo`, "
        "`sudo dnf install nvidia-container-toolkit-base`"
    ),
}


def refusals(wanted: Nvidia, seen: NvidiaSeen, family: Family | None) -> Iterator[Refusal]:
    """Driver first: without one the toolkit has nothing to describe."""
    if seen.trouble:
        yield _driver(seen.trouble, family)
    elif not wanted.driver.allows(seen.driver):
        what = f"NVIDIA's driver is {seen.driver}; the lab wants {wanted.driver}"
        why = "a driver is its admin's matter: another one needs a restart of the host"
        write = f"install it with {_DRIVER[family or 'debian']}, restart, or change `nvidia.driver`"
        yield Refusal("nvidia.driver", "NVIDIA_DRIVER_VERSION", what, why, write)
    if not seen.toolkit:
        why = "it writes the CDI specification by which podman gives containers the GPU"
        lines = _TOOLKIT[family] if family else f"what {_GUIDE} says"
        yield Refusal("nvidia.toolkit", "NVIDIA_TOOLKIT_MISSING", "nvidia-ctk is not there", why, f"run {lines}")
    elif not wanted.toolkit.allows(seen.toolkit):
        what = f"NVIDIA's container toolkit is {seen.toolkit}; the lab wants {wanted.toolkit}"
        why = "older ones write no CDI specification, or another one"
        write = f"update nvidia-container-toolkit-base ({_GUIDE}), or change `nvidia.toolkit`"
        yield Refusal("nvidia.toolkit", "NVIDIA_TOOLKIT_VERSION", what, why, write)


def _driver(trouble: str, family: Family | None) -> Refusal:
    why = "without it no container computes on the GPU"
    install = f"install it: {_DRIVER[family] if family else ' or '.join(_DRIVER.values())}; then restart the host"
    if trouble == "absent":
        return Refusal("nvidia.driver", "NVIDIA_DRIVER_MISSING", "NVIDIA's driver is not there", why, install)
    if trouble == "mismatch":
        what = "the driver that is loaded is another than the one that is installed"
        return Refusal(
            "nvidia.driver", "NVIDIA_DRIVER_MISMATCH", what, why, "restart the host: `sudo systemctl reboot`"
        )
    if trouble == "not-loaded":
        what = "nvidia-smi is there, and the driver is not loaded"
        look = f"look with `sudo modprobe nvidia` and `sudo dmesg | grep -i nvrm`; else {install}"
        return Refusal("nvidia.driver", "NVIDIA_DRIVER_NOT_LOADED", what, why, look)
    what = "NVIDIA's driver finds no GPU"
    look = "look with `lspci -d 10de:`; a card it is too new or too old for needs another version"
    return Refusal("nvidia.driver", "NVIDIA_NO_GPU", what, why, look)
