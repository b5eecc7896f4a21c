from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.bench.parse import parse
from carbon_fleet.bench.paths import Path, Settings, command, objection
from carbon_fleet.plan import Where
from tests.unit.bench.answers import METAL, VENUS, text

SETTINGS = Settings("a" * 64, threads=4)
SOFTWARE = replace(SETTINGS, software=True)
HOST = replace(SETTINGS, gpus=("NVIDIA L4", "Tesla T4"))
LAVAPIPE = {"gpu_info": "llvmpipe (LLVM 19.1.7, 256 bits)", "n_gpu_layers": 99}


def words(path: Path, settings: Settings = SETTINGS) -> tuple[str, ...]:
    return command(path, settings, "localhost/llama:1", "/opt/homebrew", "/Users/lab/m.gguf").argv


def test_cpu_has_no_gpu_in_sight() -> None:
    argv = words(Path.CPU)
    assert not [word for word in argv if "/dev/dri" in word]
    assert argv[-4:] == ("-ngl", "0", "--device", "none")
    assert "--env=GGML_VK_VISIBLE_DEVICES=" in argv


def test_venus_names_its_device_so_that_nothing_falls_back() -> None:
    argv = words(Path.VENUS)
    assert "--device=/dev/dri" in argv
    assert argv[-4:] == ("-ngl", "99", "--device", "Vulkan0")
    assert not [word for word in argv if "VISIBLE" in word]
    assert "--env=GGML_VK_VISIBLE_DEVICES=0" in words(Path.VENUS, SOFTWARE)


def test_on_a_linux_host_nvidias_hooks_may_write_and_one_gpu_is_seen() -> None:
    argv = words(Path.VULKAN)
    assert "--device=nvidia.com/gpu=all" in argv
    assert "--env=GGML_VK_VISIBLE_DEVICES=0" in argv
    assert not {"--read-only", "--device=/dev/dri"} & set(argv)
    assert argv[-4:] == ("-ngl", "99", "--device", "Vulkan0")


def test_metal_runs_on_the_mac_and_all_else_in_the_machine() -> None:
    for path in Path:
        found = command(path, SETTINGS, "image", "/opt/homebrew", "/Users/lab/m.gguf")
        assert (found.where is Where.MAC) == (path is Path.METAL)
    assert words(Path.METAL)[:3] == ("/opt/homebrew/bin/llama-bench", "-m", "/Users/lab/m.gguf")


def test_every_path_has_the_same_model_and_settings() -> None:
    for path in Path:
        argv = words(path)
        settings = argv[argv.index("-p") : argv.index("-ngl")]
        assert settings == ("-p", "512", "-n", "128", "-t", "4", "-r", "1", "-o", "json")


def test_the_container_has_its_own_deadline_before_ours() -> None:
    found = command(Path.VENUS, SETTINGS, "image", "/opt/homebrew", "m")
    assert "--timeout=900" in found.argv
    assert found.deadline > 900
    assert {"--cap-drop=all", "--network=none", "--read-only", "--pull=never"} <= set(found.argv)


GOOD: list[tuple[Path, Settings, dict[str, Any]]] = [
    (Path.CPU, SETTINGS, {}),
    (Path.VENUS, SETTINGS, VENUS),
    (Path.VENUS, SOFTWARE, {**VENUS, "gpu_info": "Virtio-GPU Venus (llvmpipe (LLVM 19.1.7, 256 bits))"}),
    (Path.METAL, SETTINGS, METAL),
    (Path.METAL, SETTINGS, {**METAL, "backends": "Metal,BLAS"}),
    (Path.REMOTING, SETTINGS, {**VENUS, "backends": "ggml-virtgpu", "gpu_info": "ggml-virtgpu Apple M4"}),
    (Path.VULKAN, HOST, {"gpu_info": "Tesla T4", "n_gpu_layers": 99}),
    (Path.VULKAN, replace(HOST, software=True), LAVAPIPE),
]


@pytest.mark.parametrize(("path", "settings", "said"), GOOD)
def test_a_figure_is_one(path: Path, settings: Settings, said: dict[str, Any]) -> None:
    assert objection(path, parse(text(**said)), settings) == ""


BAD: list[tuple[Path, dict[str, Any], str]] = [
    (Path.CPU, {"gpu_info": "Virtio-GPU Venus (Apple M4)"}, "in sight"),
    (Path.VENUS, {"n_gpu_layers": 99}, "not venus"),  # backends says Vulkan, the processors computed: seen here
    (Path.VENUS, {**VENUS, "n_gpu_layers": 0}, "no layer"),
    (Path.VENUS, {**VENUS, "gpu_info": "llvmpipe (LLVM 22.1.8, 256 bits)"}, "not venus"),
    (Path.VENUS, {**VENUS, "gpu_info": "Virtio-GPU Venus (llvmpipe (LLVM 19.1.7, 256 bits))"}, "not venus"),
    (Path.VENUS, {**VENUS, "backends": "CPU"}, "not venus"),
    (Path.METAL, {**METAL, "backends": "BLAS"}, "not metal"),
    (Path.METAL, {**METAL, "gpu_info": ""}, "not metal"),
    (Path.REMOTING, VENUS, "not remoting"),
    (Path.VULKAN, {"gpu_info": "NVIDIA L40", "n_gpu_layers": 99}, "not vulkan"),
    (Path.VULKAN, LAVAPIPE, "not vulkan"),
    (Path.VULKAN, {"gpu_info": "NVIDIA L4", "n_gpu_layers": 99, "backends": "CPU"}, "not vulkan"),
    (Path.VENUS, {**VENUS, "n_threads": 2}, "2 threads instead of 4"),
]


@pytest.mark.parametrize(("path", "said", "why"), BAD)
def test_what_is_no_figure_of_a_path_is_told(path: Path, said: dict[str, Any], why: str) -> None:
    assert why in objection(path, parse(text(**said)), HOST)


def test_other_sizes_than_asked_are_no_figure() -> None:
    asked = replace(SETTINGS, prompt=16)
    assert "instead of what was asked" in objection(Path.CPU, parse(text()), asked)
