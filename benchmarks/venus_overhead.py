"""What Venus costs: the same llama-bench on lavapipe directly, and through Venus in an emulated VM, side by side.

`sudo .venv/bin/python -m benchmarks.venus_overhead [PROMPT GENERATE]` prints one line. Both sides run the same
packages, and the same lavapipe: the one that stands behind the emulated VM's GPU. The VM's processor is emulated (TCG,
many times slower), so the figure is an upper bound of what Venus costs: it holds the guest's part of llama.cpp, too.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.llama_lab import brought_in, fleet, tiny_model
from carbon_fleet import assets
from carbon_fleet.bench.figures import PathFigures
from carbon_fleet.bench.parse import Answer, parse
from carbon_fleet.sim import host, rootfs
from carbon_fleet.sim.emulated.systems import EMULATOR
from carbon_fleet.sim.lab import SimulatedLab
from operations.image import catalogue

SECONDS = 1800
REPEATS = 3
_LAVAPIPE = "libvulkan_lvp.so"


def _llama() -> Path:
    """The image's own packages, unpacked here by its own script."""
    args = catalogue.definition("llama").args
    target = host.cache_directory() / f"llama-{args['LLAMA_VERSION']}-{args['GGML_VERSION']}".replace(":", "-")
    if not target.is_dir():
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".llama-") as name:
            packages = [f"llama.cpp-tools={args['LLAMA_VERSION']}", f"libggml0-backend-vulkan={args['GGML_VERSION']}"]
            script = str(assets.root() / "files/images/llama/unpack.sh")
            command = ["sh", script, args["MIRROR"], args["SUITE"], f"{name}/root", "base-files", *packages]
            subprocess.run(command, check=True, stdout=sys.stderr)
            Path(name, "root").rename(target)
    return target


def _sandbox(root: Path, work: Path, settings: dict[str, str]) -> list[str]:
    words = ["bwrap", "--die-with-parent", "--ro-bind", str(root), "/", "--dev", "/dev", "--proc", "/proc"]
    words += [
        "--tmpfs",
        "/tmp",
        "--ro-bind",
        str(rootfs.root(EMULATOR)),
        "/tmp/host",
        "--ro-bind",
        str(work),
        "/tmp/work",
    ]
    words += ["--clearenv", "--setenv", "PATH", "/usr/bin", "--setenv", "LD_LIBRARY_PATH", "/tmp/work/lib"]
    return [*words, *(word for name, value in settings.items() for word in ("--setenv", name, value))]


def _borrow(root: Path, work: Path) -> None:
    """Link what the VM host's lavapipe needs and the image has not: never its libc, which must be the image's."""
    folder = next(rootfs.root(EMULATOR).glob(f"usr/lib/*/{_LAVAPIPE}")).parent
    inside = Path("/tmp/host") / folder.relative_to(rootfs.root(EMULATOR))
    (work / "lib").mkdir()
    manifest = {
        "file_format_version": "1.0.0",
        "ICD": {"library_path": str(inside / _LAVAPIPE), "api_version": "1.4.0"},
    }
    (work / "lvp.json").write_text(json.dumps(manifest))
    loader = next(root.glob("usr/lib*/ld-linux-*.so.*"), None) or next(root.glob("usr/lib/*/ld-linux-*.so.*"))
    listed = [*_sandbox(root, work, {}), f"/{loader.relative_to(root)}", "--list", str(inside / _LAVAPIPE)]
    while True:
        ran = subprocess.run(listed, capture_output=True, text=True)
        missing = re.findall(r"^\s*(\S+) => not found", ran.stdout, re.M) or re.findall(
            r"shared libraries: (\S+): cannot open", ran.stderr
        )
        if not missing:
            return
        for name in missing:
            (work / "lib" / name).symlink_to(inside / name)


def native(model: str, prompt: int, generate: int) -> Answer:
    """llama-bench on lavapipe, on this machine."""
    root = _llama()
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        _borrow(root, work)
        (work / "model.gguf").write_bytes(Path(model).read_bytes())
        settings = {"VK_DRIVER_FILES": "/tmp/work/lvp.json", "GGML_VK_VISIBLE_DEVICES": "0"}
        words = [
            "-m",
            "/tmp/work/model.gguf",
            "-p",
            str(prompt),
            "-n",
            str(generate),
            "-t",
            "1",
            "-r",
            "1",
            "-o",
            "json",
        ]
        line = [*_sandbox(root, work, {**settings, "MESA_SHADER_CACHE_DISABLE": "true"}), "llama-bench", *words]
        ran = subprocess.run(
            [*line, "-ngl", "99", "--device", "Vulkan0"], capture_output=True, text=True, timeout=SECONDS
        )
    if ran.returncode:
        raise SystemExit(f"llama-bench on lavapipe ended with {ran.returncode}: {ran.stderr[-800:]}")
    return parse(ran.stdout)


def through_venus(model: str, sha256: str, prompt: int, generate: int) -> dict[str, dict[str, float]]:
    """The same in a container of an emulated VM: `carbon-fleet bench`'s own figure."""
    with tempfile.TemporaryDirectory() as state, SimulatedLab.up(vm="emulated", state=Path(state)) as lab:
        file = brought_in(lab)
        fleet("apply", "--yes", file, seconds=SECONDS)
        sizes = ["--prompt", str(prompt), "--generate", str(generate), "--seconds", str(SECONDS)]
        words = ["bench", file, "--model", model, "--sha256", sha256, "--repeats", str(REPEATS), *sizes]
        (mac,) = fleet(*words, seconds=3 * SECONDS)["macs"]
    if "venus" not in mac["measured"].get("bench", {}).get("paths", {}):
        raise SystemExit(f"nothing was measured through Venus: {json.dumps(mac['failures'])}")
    figures: dict[str, dict[str, float]] = mac["measured"]["bench"]["paths"]["venus"]
    return figures


def main(prompt: int = 64, generate: int = 16) -> int:
    """Measure both and print the line."""
    with tempfile.TemporaryDirectory() as name:
        model, sha256 = tiny_model(Path(name))
        direct = PathFigures.of([native(model, prompt, generate) for _ in range(REPEATS)])
        venus = through_venus(model, sha256, prompt, generate)
    rates = (
        (direct.prompt.median, venus["prompt"]["median"]),
        (direct.generation.median, venus["generation"]["median"]),
    )
    told = [f"{one:.1f} t/s on lavapipe, {other:.1f} t/s through Venus ({other / one:.0%})" for one, other in rates]
    print(f"prompt of {prompt}: {told[0]}; {generate} generated: {told[1]}; the VM's processor is emulated")
    return 0


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
