# ruff: noqa: N802  the names are those of libcuda
"""The proof of CUDA: the job against a driver that is a small Python one, and the judge against every wrong answer."""

import array
import ctypes
import hashlib
import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from carbon_fleet import assets
from carbon_fleet.connectors.ran import Ran
from carbon_fleet.prove import cuda
from carbon_fleet.prove.asking import Unproven
from carbon_fleet.prove.asking_cuda import cuda_units, job_command, judged
from carbon_fleet.prove.cuda import Answer, Device, NoAnswer, against, expected, read
from operations.nvidia import Gpu, NvidiaSeen
from tests.unit.operations.linux_world import host

UUID = "GPU-7a3f0c52-9d41-4d0e-8f62-51b0c1a2e9d4"
JOB = assets.root() / "files/cuda/job.py"
SEED = 3405691582


def job() -> ModuleType:
    spec = importlib.util.spec_from_file_location("cuda_job", JOB)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def into(pointer: Any, value: Any) -> int:
    """Write through a `byref`."""
    pointer._obj.value = value
    return 0


class Library:
    """libcuda as its documentation has it, computing with Python. `refuses` are PTX versions it does not know."""

    def __init__(self, *, refuses: tuple[str, ...] = (), wrong: bool = False, broken: str = "") -> None:
        self.refuses, self.wrong, self.broken = refuses, wrong, broken
        self.memory: dict[int, bytes] = {}
        self.ptx = ""

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("cu"):
            raise AttributeError(name)
        return lambda *given: 100 if name == self.broken else getattr(self, f"do_{name}")(*given)

    def do_cuInit(self, flags: int) -> int:
        return 0

    def do_cuGetErrorName(self, status: int, text: Any) -> int:
        return into(text, b"CUDA_ERROR_NO_DEVICE")

    def do_cuDriverGetVersion(self, version: Any) -> int:
        return into(version, 12080)

    def do_cuDeviceGetCount(self, count: Any) -> int:
        return into(count, 1)

    def do_cuDeviceGet(self, device: Any, place: int) -> int:
        return into(device, place)

    def do_cuDeviceGetName(self, name: Any, size: int, device: Any) -> int:
        name.value = b"NVIDIA L4"
        return 0

    def do_cuDeviceGetUuid(self, uuid: Any, device: Any) -> int:
        uuid._obj[:] = bytes.fromhex(UUID.removeprefix("GPU-").replace("-", ""))
        return 0

    def do_cuDeviceTotalMem_v2(self, memory: Any, device: Any) -> int:
        return into(memory, 24 << 30)

    def do_cuDeviceGetAttribute(self, value: Any, which: int, device: Any) -> int:
        return into(value, {75: 8, 76: 9}[which])

    def do_cuDevicePrimaryCtxRetain(self, context: Any, device: Any) -> int:
        return into(context, 1)

    def do_cuDevicePrimaryCtxRelease_v2(self, device: Any) -> int:
        return 0

    def do_cuCtxSetCurrent(self, context: Any) -> int:
        return 0

    def do_cuModuleLoadData(self, module: Any, text: bytes) -> int:
        version = text.decode().split()[1]
        if version in self.refuses:
            return 222
        self.ptx = version
        return into(module, 1)

    def do_cuModuleGetFunction(self, function: Any, module: Any, name: bytes) -> int:
        assert name == b"job"
        return into(function, 1)

    def do_cuMemAlloc_v2(self, place: Any, size: Any) -> int:
        return into(place, 4096)

    def do_cuLaunchKernel(self, function: Any, *rest: Any) -> int:
        blocks, _, _, threads, _, _, _, _, pointers, _ = rest
        kinds = (ctypes.c_uint64, ctypes.c_uint32, ctypes.c_uint32)
        place, count, seed = (kind.from_address(pointers[n]).value for n, kind in enumerate(kinds))
        assert blocks * threads == count
        self.memory[place] = computed(seed + self.wrong, count)
        return 0

    def do_cuCtxSynchronize(self) -> int:
        return 0

    def do_cuMemcpyDtoH_v2(self, here: Any, there: Any, size: Any) -> int:
        here.raw = self.memory[there.value]
        return 0

    def do_cuMemFree_v2(self, place: Any) -> int:
        return 0


def computed(seed: int, count: int) -> bytes:
    """What the PTX says, round by round, for the first places; the rest by the judge's own short way."""
    numbers = array.array("I", bytes(4 * count))
    factor, term = 1, 0
    for _ in range(cuda.ROUNDS):
        factor, term = factor * 1664525 % 2**32, (term * 1664525 + 1013904223) % 2**32
    for place in range(count):
        numbers[place] = ((place ^ seed) * factor + term) % 2**32
    for place in range(8):
        number = place ^ seed
        for _ in range(cuda.ROUNDS):
            number = (number * 1664525 + 1013904223) % 2**32
        assert numbers[place] == number
    return numbers.tobytes()


def run(library: Library, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)
    job().main(SEED)
    return capsys.readouterr().out


def test_a_right_answer_stands(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    library = Library()
    answer = read(run(library, monkeypatch, capsys))
    (device,) = answer.devices
    assert (device.name, device.uuid, device.capability, device.memory) == ("NVIDIA L4", UUID, "8.9", 24 << 30)
    assert (answer.cuda, library.ptx) == ("12.8", "6.3")
    assert against(answer, SEED, [UUID]) == ()


@pytest.mark.parametrize(("refuses", "taken"), [(("6.3",), "6.0"), (("6.3", "6.0"), "4.0")])
def test_an_older_driver_gets_older_words(
    refuses: tuple[str, ...], taken: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    library = Library(refuses=refuses)
    assert against(read(run(library, monkeypatch, capsys)), SEED, [UUID]) == ()
    assert library.ptx == taken


def test_wrong_numbers_are_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    answer = read(run(Library(wrong=True), monkeypatch, capsys))
    assert against(answer, SEED, [UUID]) == ("NVIDIA L4 computed wrong numbers",)


@pytest.mark.parametrize("broken", ["cuInit", "cuModuleLoadData", "cuLaunchKernel", "cuCtxSynchronize"])
def test_a_failing_driver_is_named(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ctypes, "CDLL", lambda name: Library(broken=broken))
    with pytest.raises(OSError, match=f"{broken}: CUDA_ERROR_NO_DEVICE"):
        job().main(SEED)


def test_without_libcuda_it_says_so() -> None:
    done = subprocess.run(
        [sys.executable, "-c", JOB.read_text(), "7"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("no CUDA: libcuda.so.1: cannot open shared object file")


GOOD = Answer(SEED, "12.8", (Device("NVIDIA L4", UUID, "8.9", 24 << 30, expected(SEED)),))
STRANGE = replace(GOOD.devices[0], name="llvmpipe", uuid="GPU-0")


def test_a_digest_is_of_its_own_seed() -> None:
    assert expected(SEED) == hashlib.sha256(computed(SEED, cuda.ELEMENTS)).hexdigest()
    assert expected(SEED) != expected(SEED + 1)


@pytest.mark.parametrize(
    ("answer", "says"),
    [(replace(GOOD, seed=1), "another question"), (replace(GOOD, devices=()), "no GPU in the container"),
     (replace(GOOD, devices=(STRANGE,)), "which the host's nvidia-smi does not know")],
)  # fmt: skip
def test_what_stands_against_an_answer(answer: Answer, says: str) -> None:
    (found,) = against(answer, SEED, [UUID])
    assert says in found


@pytest.mark.parametrize(
    "text",
    ["", "{}", "no CUDA", "[1]", json.dumps({"format_version": 2, "elements": 1, "devices": []}),
     json.dumps({"format_version": 1, "elements": cuda.ELEMENTS, "seed": 1, "cuda": "12", "devices": [{"name": "x"}]})],
)  # fmt: skip
def test_what_is_no_answer(text: str) -> None:
    with pytest.raises(NoAnswer):
        read(text)


HOST = NvidiaSeen(True, "570.86.15", (Gpu("NVIDIA L4", "23034 MiB", UUID),))


def told(answer: Answer) -> str:
    plain = {"format_version": 1, "seed": answer.seed, "elements": cuda.ELEMENTS, "cuda": answer.cuda}
    return json.dumps({**plain, "devices": [vars(one) for one in answer.devices]})


@pytest.mark.parametrize(
    ("ran", "code"),
    [(Ran(1, (), ("no CUDA: libcuda.so.1: cannot open",)), "CUDA_FAILED"), (Ran(0, ("hello",), ()), "CUDA_FOREIGN"),
     (Ran(0, (told(replace(GOOD, devices=(STRANGE,))),), ()), "CUDA_REFUSED")],
)  # fmt: skip
def test_what_is_no_proof_has_its_code(ran: Ran, code: str) -> None:
    (unit,) = cuda_units(host())
    with pytest.raises(Unproven) as raised:
        judged(ran, unit, SEED, HOST)
    assert raised.value.failure.code == code
    assert judged(Ran(0, (told(GOOD),), ()), unit, SEED, HOST) == GOOD


def test_the_job_goes_into_the_containers_own_python() -> None:
    (unit,) = cuda_units(host())
    argv = job_command(unit, SEED).argv
    assert argv[:5] == ("podman", "exec", "carbon-base", "python3", "-c")
    assert argv[6:] == (str(SEED),)
    compile(argv[5], "job", "exec")
    with pytest.raises(Unproven, match="gives no container of this host the GPU"):
        cuda_units(host("[]"))


def test_the_job_is_small_enough_for_an_argument() -> None:
    assert len(Path(JOB).read_bytes()) < 64 << 10
