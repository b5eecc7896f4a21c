"""NVIDIA's side of a simulated Linux host: stand-ins for the driver's and the toolkit's programs, and device nodes.

The nodes have NVIDIA's numbers and no driver behind them: podman, CDI and what they put into a container are real. In
the place of its Vulkan driver is lavapipe, under NVIDIA's name: it computes, on the CPU, and says so. Words and exit
statuses are nvidia-smi(1)'s and the toolkit's own (`cmd/nvidia-ctk`, `cmd/nvidia-cdi-hook`).
"""

import json
import shutil
from pathlib import Path

PROVIDER = "nvidia"
"""In place of a Podman machine's provider: this one is no machine."""
DRIVER = "570.86.15"
UUID = "GPU-7a3f0c52-9d41-4d0e-8f62-51b0c1a2e9d4"
FACTS = {
    "DRIVER": DRIVER,
    "TOOLKIT": "1.17.8",
    "NAME": "NVIDIA L4",
    "MEMORY": "23034 MiB",
    "UUID": UUID,
    "TROUBLE": "",
    "SLOWDOWN": "Not Active",
}
"""What the stand-ins tell; TROUBLE is mismatch, not-loaded or no-gpu, SLOWDOWN `Active` where heat slows the GPU."""
NODES = (("nvidia0", 195, 0), ("nvidiactl", 195, 255), ("nvidia-uvm", 511, 0))
"""Device nodes: name, major and minor number (the kernel's devices.txt; nvidia-uvm's major is given out at random)."""
MANIFEST = {"file_format_version": "1.0.1", "ICD": {"library_path": "libGLX_nvidia.so.0", "api_version": "1.4.303"}}
"""As NVIDIA's installer writes it (the driver's README, "Installed Components")."""
_HERE = Path(__file__).parent / "linux"


def write(directory: Path) -> None:
    """Put the stand-ins and what they tell below `directory`, which is laid over the host's root at each boot."""
    programs = directory / "usr/bin"
    programs.mkdir(parents=True, exist_ok=True)
    for name in ("nvidia-smi", "nvidia-ctk", "nvidia-cdi-hook"):
        shutil.copy(_HERE / name, programs / name)
    for program in programs.iterdir():
        program.chmod(0o755)
    shared = directory / "usr/share/simulated-nvidia"
    shared.mkdir(parents=True, exist_ok=True)
    shutil.copy(_HERE / "nvidia.yaml", shared / "nvidia.yaml")
    library = directory / f"usr/lib/x86_64-linux-gnu/libcuda.so.{DRIVER}"
    library.parent.mkdir(parents=True, exist_ok=True)
    library.write_text("no library: a simulated host has no driver\n")
    library.with_name(f"libGLX_nvidia.so.{DRIVER}").symlink_to("libvulkan_lvp.so")
    manifest = directory / "etc/vulkan/icd.d/nvidia_icd.json"
    manifest.parent.mkdir(parents=True, exist_ok=True)
    manifest.write_text(json.dumps(MANIFEST, indent=4) + "\n")
    facts = directory / "etc/simulated-nvidia"
    facts.parent.mkdir(parents=True, exist_ok=True)
    facts.write_text("".join(f"{key}='{value}'\n" for key, value in FACTS.items()))
