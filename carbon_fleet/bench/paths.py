"""The ways llama.cpp can compute: the command of each, and what its answer must say to count as a figure."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from carbon_fleet.bench.parse import Answer
from carbon_fleet.plan import Command, guest, mac
from operations.model.wish import FOLDER as MODELS
from operations.stack import gpu_path
from operations.stack.cuda import DEVICE

CONTAINER = "carbon-fleet-bench"
APPLE = "Virtio-GPU Venus (Apple "
VENUS = "Virtio-GPU Venus ("
LAVAPIPE = "llvmpipe ("
_ALL_LAYERS = 99


class Path(StrEnum):
    """A way to compute."""

    CPU = "cpu"
    """In a container, on the virtual machine's or the Linux host's processors, without a GPU in sight."""
    VENUS = "venus"
    """In a container, by Vulkan through Venus."""
    METAL = "metal"
    """On the Mac itself: Homebrew's llama.cpp on Metal."""
    REMOTING = "remoting"
    """In a container, llama.cpp's own forwarding of whole graphs to the Mac (API remoting)."""
    VULKAN = "vulkan"
    """In a container of a Linux host, by Vulkan on NVIDIA's own driver, which CDI brings: on the first GPU."""


@dataclass(frozen=True)
class Settings:
    """What every path is measured with.

    `seconds` is the deadline of one command; `software` accepts a CPU behind Vulkan. `gpus` are the names of the GPUs
    that nvidia-smi knows on a Linux host: Vulkan has NVIDIA's devices under the same.
    """

    sha256: str
    threads: int
    prompt: int = 512
    generate: int = 128
    seconds: int = 900
    software: bool = False
    gpus: tuple[str, ...] = ()


def command(path: Path, settings: Settings, image: str, prefix: str, model: str) -> Command:
    """The command that measures `path` once. `image` is the container image, `model` the file on the Mac itself."""
    if path is Path.METAL:
        words = [f"{prefix}/bin/llama-bench", *_arguments(model, settings), "-ngl", str(_ALL_LAYERS)]
        return mac(*words, deadline=settings.seconds)
    words = [*_arguments(f"/models/{settings.sha256}", settings), *_offload(path)]
    return guest(*_podman(path, settings, image), "llama-bench", *words, deadline=settings.seconds + 30)


def _arguments(model: str, settings: Settings) -> list[str]:
    sizes = ["-p", str(settings.prompt), "-n", str(settings.generate), "-t", str(settings.threads)]
    return ["-m", model, *sizes, "-r", "1", "-o", "json"]


def _offload(path: Path) -> list[str]:
    """Without a named device llama.cpp would take the processors when the GPU is not there, and say so nowhere."""
    if path is Path.CPU:
        return ["-ngl", "0", "--device", "none"]
    named = ["--device", "Vulkan0"] if path in (Path.VENUS, Path.VULKAN) else []
    return ["-ngl", str(_ALL_LAYERS), *named]


def _podman(path: Path, settings: Settings, image: str) -> list[str]:
    """conmon ends the container at the deadline, also where podman itself was ended and where we are gone."""
    words = ["podman", "run", "--rm", "--replace", f"--name={CONTAINER}", "--pull=never", "--network=none"]
    words += [f"--timeout={settings.seconds}", "--cap-drop=all"]
    words += ["--security-opt=no-new-privileges", "--security-opt=label=disable", f"--volume={MODELS}:/models:ro"]
    words += [f"--env={name}={value}" for name, value in sorted(environment(path, settings).items())]
    return [*words, *_given(path), image]


def _given(path: Path) -> list[str]:
    if path is Path.VULKAN:  # NVIDIA's hooks write into the container's root before it starts
        return [f"--device={DEVICE}"]
    return ["--read-only"] if path is Path.CPU else ["--read-only", "--device=/dev/dri"]


def environment(path: Path, settings: Settings) -> Mapping[str, str]:
    """What the container is told besides its arguments; by itself ggml-vulkan ignores devices that are CPUs."""
    if path is Path.CPU:
        return {"GGML_VK_VISIBLE_DEVICES": ""}
    if path is Path.REMOTING:
        return gpu_path.environment("remoting")
    if path is Path.VULKAN:  # one GPU, of whichever kind: what it is, the answer's name is judged by
        return {"GGML_VK_VISIBLE_DEVICES": "0"}
    return {"GGML_VK_VISIBLE_DEVICES": "0"} if settings.software else {}


def objection(path: Path, answer: Answer, settings: Settings) -> str:
    """Why this answer is no figure of `path`; empty when it is one."""
    told = f"the answer says gpu_info `{answer.gpu}`, backends `{answer.backends}`"
    if (answer.prompt_tokens, answer.generated_tokens) != (settings.prompt, settings.generate):
        return f"it measured {answer.prompt_tokens} and {answer.generated_tokens} tokens instead of what was asked"
    if answer.threads != settings.threads:
        return f"it ran with {answer.threads} threads instead of {settings.threads}"
    if path is Path.CPU:
        return f"a GPU was in sight of the CPU's run: {told}" if answer.gpu else ""
    if answer.layers < 1:
        return f"no layer was put on a GPU: {told}"
    return "" if _device_fits(path, answer, settings) else f"it is not {path}: {told}"


def _device_fits(path: Path, answer: Answer, settings: Settings) -> bool:
    # `backends` names what was loaded, not what computed: a run on the CPU says Vulkan too. The device's name tells.
    names = answer.backends.lower()
    if path is Path.METAL:
        return ("mtl" in names or "metal" in names) and answer.gpu.startswith("Apple ")
    if path is Path.REMOTING:
        return "virtgpu" in names and bool(answer.gpu)
    if path is Path.VULKAN:
        known = answer.gpu in settings.gpus or (settings.software and answer.gpu.startswith(LAVAPIPE))
        return "vulkan" in names and known
    return "vulkan" in names and answer.gpu.startswith(VENUS if settings.software else APPLE)
