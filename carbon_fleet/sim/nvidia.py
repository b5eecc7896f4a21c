"""NVIDIA's side of a simulated Linux host: stand-ins for the driver's and the toolkit's programs, and device nodes.

The nodes have NVIDIA's numbers and no driver behind them: podman, CDI and what they put into a container are real, and
nothing computes. Words and exit statuses are nvidia-smi(1)'s and the toolkit's own (`cmd/nvidia-ctk`).
"""

import shutil
from pathlib import Path

PROVIDER = "nvidia"
"""In place of a Podman machine's provider: this one is no machine."""
DRIVER = "570.86.15"
UUID = "GPU-7a3f0c52-9d41-4d0e-8f62-51b0c1a2e9d4"
FACTS = {"DRIVER": DRIVER, "TOOLKIT": "1.17.8", "NAME": "NVIDIA L4", "MEMORY": "23034 MiB", "UUID": UUID, "TROUBLE": ""}
"""What the stand-ins tell; TROUBLE is mismatch, not-loaded or no-gpu."""
NODES = (("nvidia0", 195, 0), ("nvidiactl", 195, 255), ("nvidia-uvm", 511, 0))
"""Device nodes: name, major and minor number (the kernel's devices.txt; nvidia-uvm's major is given out at random)."""
_HERE = Path(__file__).parent / "linux"


def write(directory: Path) -> None:
    """Put the stand-ins and what they tell below `directory`, which is laid over the host's root at each boot."""
    programs = directory / "usr/bin"
    programs.mkdir(parents=True, exist_ok=True)
    for name in ("nvidia-smi", "nvidia-ctk"):
        shutil.copy(_HERE / name, programs / name)
    (programs / "nvidia-cdi-hook").write_text("#!/bin/sh\ncat >/dev/null\n")
    for program in programs.iterdir():
        program.chmod(0o755)
    shared = directory / "usr/share/simulated-nvidia"
    shared.mkdir(parents=True, exist_ok=True)
    shutil.copy(_HERE / "nvidia.yaml", shared / "nvidia.yaml")
    library = directory / f"usr/lib/x86_64-linux-gnu/libcuda.so.{DRIVER}"
    library.parent.mkdir(parents=True, exist_ok=True)
    library.write_text("no library: a simulated host has no driver\n")
    facts = directory / "etc/simulated-nvidia"
    facts.parent.mkdir(parents=True, exist_ok=True)
    facts.write_text("".join(f"{key}='{value}'\n" for key, value in FACTS.items()))
