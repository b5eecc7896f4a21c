"""vulkan-check prove with its own locked numpy and wgpu: known answers, injected wrong ones, real processes."""

import ctypes.util
import json
import os
import platform
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = ROOT / "files" / "images" / "vulkan-check"
MANIFESTS = (os.environ.get("VK_DRIVER_FILES", ""), *map(str, Path("/usr/share/vulkan/icd.d").glob("lvp_icd*.json")))
LAVAPIPE = next((path for path in MANIFESTS if path and Path(path).exists()), None)

pytestmark = pytest.mark.skipif(platform.system() != "Linux", reason="the image's wheels are for Linux")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the image installs, from its own lock and with its hashes, for the Python that runs these tests."""
    uv = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    if not Path(uv).exists():
        pytest.skip("needs uv")
    where = tmp_path_factory.mktemp("site")
    lock = ["--no-deps", "--require-hashes", "-r", str(PROGRAM / "requirements.txt")]
    command = [uv, "pip", "install", "--quiet", "--target", str(where), "--python", sys.executable, *lock]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return where


def environment(site: Path, tmp_path: Path, startup: str = "") -> dict[str, str]:
    """The program's, with Python code run at every start of a child process."""
    (tmp_path / "sitecustomize.py").write_text(textwrap.dedent(startup))
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    paths = f"{tmp_path}:{PROGRAM}:{site}"
    driver = {"VK_DRIVER_FILES": LAVAPIPE or "/none", "VK_ICD_FILENAMES": LAVAPIPE or "/none"}
    return {**kept, **driver, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"}


def python(env: dict[str, str], code: str) -> Any:
    """What `code` prints as JSON in its last line."""
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


SPOIL = """
import json, numpy as np
from vulkan_check.proof import plan, jobs, task
SPOILED = {
    "zeros": lambda v: v * 0,
    "one": lambda v: np.concatenate([v[:-1], v[-1:] + (1 if v.dtype.kind == "i" else abs(v[-1:]) * 0.01 + 0.01)]),
    "nan": lambda v: np.concatenate([v[:-1], [np.nan]]).astype(v.dtype) if v.dtype.kind == "f" else v + 1,
    "inf": lambda v: np.concatenate([[np.inf], v[1:]]).astype(v.dtype) if v.dtype.kind == "f" else v - 1,
}
found = {}
for name, elements in plan.PLAN[:-2]:
    job = jobs.task(name, elements)
    right = np.ravel(job.cpu())
    told = {"right": right, **{how: spoil(right) for how, spoil in SPOILED.items()}}
    found[f"{name} {elements}"] = {how: vars(task.judged(job, got, 0.1, 0.1)) for how, got in told.items()}
print(json.dumps(found))
"""


def test_numpys_answers_are_right_and_one_spoiled_value_of_any_job_is_wrong(site: Path, tmp_path: Path) -> None:
    found = python(environment(site, tmp_path), SPOIL)
    assert len(found) == 13
    for label, judged in found.items():
        right, one = judged.pop("right"), judged["one"]
        assert (right["outcome"], right["wrong_values"]) == ("ok", 0), (label, right)
        assert right["worst_error"] <= right["tolerance"], label
        assert one["wrong_values"] == 1, (label, one)
        assert all(spoiled["outcome"] == "wrong" for spoiled in judged.values()), (label, judged)


def test_integer_jobs_wrap_and_use_all_bits(site: Path, tmp_path: Path) -> None:
    code = """
    import json
    from vulkan_check.proof import inputs
    a = inputs.integers(1 << 20).astype("int64")
    print(json.dumps([int(a.min()), int(a.max()), int(a.sum()), int(abs(a * 3 + 7).max())]))
    """
    least, most, total, affine = python(environment(site, tmp_path), code)
    assert least < -(2**31) * 0.99
    assert most > 2**31 * 0.99
    assert affine > 2**31
    assert abs(total) > 2**31


TELLS = """
import sys
if "vulkan_check.proof.work" in sys.orig_argv:
    import json, os, time
    first = int(sys.orig_argv[-1])
    print("a library talks", flush=True)
    print(json.dumps({{"device": "x", "versions": {{}}}}), flush=True)
    print(json.dumps({{"start": first}}), flush=True)
    {then}
"""


def streamed(tmp_path: Path, then: str, deadline: float, left: float) -> tuple[Any, Any]:
    env = environment(tmp_path, tmp_path, TELLS.format(then=then))
    code = f"""
    import json, os
    from vulkan_check.proof.stream import stream
    tried, told = stream("venus", 4, {deadline}, {left}, os.environ)
    print(json.dumps([vars(tried), vars(told)]))
    """
    tried, told = python(env, code)
    return tried, told


@pytest.mark.parametrize(
    ("then", "deadline", "left", "outcome", "message"),
    [
        ("time.sleep(60)", 1.0, 30.0, "timeout", "root-f32 (1) hung: no answer within 1 s"),
        ("time.sleep(60)", 30.0, 1.0, "timeout", "root-f32 (1) hung: the time for the whole proof is over"),
        ("os.abort()", 30.0, 30.0, "error", "root-f32 (1) failed: ended by SIGABRT: nothing on stderr"),
        ("print('lost', file=sys.stderr), os._exit(3)", 30.0, 30.0, "error", "root-f32 (1) failed: exit status 3"),
    ],
)
def test_a_hang_or_a_crash_belongs_to_its_job(
    tmp_path: Path, then: str, deadline: float, left: float, outcome: str, message: str
) -> None:
    tried, told = streamed(tmp_path, then, deadline, left)
    assert tried["outcome"] == outcome
    assert tried["message"].startswith(message)
    assert tried["seconds"] < 15
    assert (told["device"], told["at"]) == ("x", 4)


def test_a_driver_that_hangs_on_its_way_out_has_computed_all_the_same(tmp_path: Path) -> None:
    then = "print(json.dumps({'outcome': 'ok', 'message': ''}), flush=True), time.sleep(60)"
    tried, _ = streamed(tmp_path, then, 20.0, 20.0)
    assert tried["outcome"] == "ok"
    assert tried["seconds"] < 15


needs_lavapipe = pytest.mark.skipif(
    LAVAPIPE is None or (not ctypes.util.find_library("vulkan") and "LD_LIBRARY_PATH" not in os.environ),
    reason="needs libvulkan1 and mesa-vulkan-drivers on this machine",
)
WORK = """
import json, os, time
from vulkan_check.proof.stream import stream
tried, told = stream("lavapipe", 0, 60, 110, {**os.environ, "OPENBLAS_NUM_THREADS": "1"})
print(json.dumps([vars(tried), vars(told)]))
"""


@needs_lavapipe
def test_all_jobs_are_right_on_a_real_vulkan_device(site: Path, tmp_path: Path) -> None:
    tried, told = python(environment(site, tmp_path), WORK)
    assert tried["outcome"] == "ok", tried
    assert [job["outcome"] for job in told["jobs"]] == ["ok"] * 15
    assert "llvmpipe" in told["device"]
    assert told["bandwidth"]["gpu_gb_s"] > 0
    assert 0 < told["compute"]["ratio"] < 2, "a software Vulkan is not as fast as a GPU"
    timed = told["jobs"][-1]
    assert 2 * told["compute"]["n"] ** 3 / timed["seconds"] / 1e9 == pytest.approx(
        told["compute"]["gpu_gflop_s"], rel=0.02
    )


WRONG = """
import sys
if "vulkan_check.proof.work" in sys.orig_argv:
    from vulkan_check.proof import shaders
    per_element, sums, matmul = shaders.per_element, shaders.partial_sums, shaders.matmul
    shaders.per_element = lambda e, s: per_element(e.replace("7", "8").replace("1.25", "1.26").replace("3.0", "3.5"), s)
    shaders.partial_sums = lambda s: sums(s).replace("half > 0u", "half > 1u")
    shaders.matmul = lambda n: matmul(n).replace("f.w * b3", "f.w * b2")
"""


@needs_lavapipe
def test_programs_that_compute_something_else_are_all_found_wrong(site: Path, tmp_path: Path) -> None:
    tried, told = python(environment(site, tmp_path, WRONG), WORK)
    assert tried["outcome"] == "wrong"
    assert tried["message"] == "15 of 15 jobs gave wrong numbers", told["jobs"]
