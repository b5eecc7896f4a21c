"""The two scripts of the image `llama`, under every kind of sh, around a program that answers as llama-server does."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from carbon_fleet.sim.ports import free_port
from tests.unit.operations.run_section import SHELLS, program

IMAGE = Path(__file__).parents[3] / "files/images/llama"
each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
words = sys.argv[1:]
said = dict(zip(words, words[1:]))
if said["--device"] != "none":
    print("0.00.1.2 I load: using device Vulkan0 (llvmpipe (LLVM 19)) (0000) - 1 MiB free", flush=True)
    print("0.00.1.2 I load: offloaded 5/5 layers to GPU", flush=True)
ANSWERS = {"/health": b"{}", "/slots": b'[{"is_processing":false}]', "/completion": b'{"tokens_predicted":1}'}
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(ANSWERS[self.path])
    do_POST = do_GET
    def log_message(self, *words): pass
open(sys.argv[0] + ".said", "w").write(" ".join(words))
HTTPServer(("127.0.0.1", int(said["--port"])), Handler).serve_forever()
"""
Health = Callable[[], "subprocess.CompletedProcess[str]"]


@contextmanager
def serving(place: Path, shell: tuple[str, ...], accept: str) -> Iterator[Health]:
    """`llama-serve tiny 256 999 1` with CARBON_ACCEPT, below `place`; what it yields asks `llama-health`."""
    (place / "bin").mkdir()
    (place / "state").mkdir()
    (place / "server.py").write_text(SERVER)
    program(place / "bin", "llama-server", f'exec python3 "{place}/server.py" "$@"')
    program(place / "bin", "llama-bench", "echo 'ggml_vulkan: 0 = llvmpipe (LLVM 19) (llvmpipe) | uma: 1'")
    here = {"/run/llama": f"{place}/state", "/run/secrets": str(place), "8080": str(free_port())}
    for name in ("serve", "health"):
        text = (IMAGE / f"{name}.sh").read_text()
        for before, after in here.items():
            text = text.replace(before, after)
        (place / f"{name}.sh").write_text(text)
    env = {"PATH": f"{place}/bin:{os.environ['PATH']}", "CARBON_ACCEPT": accept}
    (place / "llama-api-key").write_text("key\n")
    interpreter = list(shell[:-1]) if shell[-1].startswith("-") else list(shell)
    served = subprocess.Popen([*interpreter, str(place / "serve.sh"), "tiny", "256", "999", "1"], env=env)

    def health() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*interpreter, str(place / "health.sh")], env=env, capture_output=True, text=True, timeout=60, check=False
        )

    try:
        for _ in range(300):
            if "does not answer" not in health().stdout:
                break
            time.sleep(0.1)
        yield health
    finally:
        served.kill()
        served.wait()


@each_shell
def test_without_a_gpu_the_cpu_computes_and_it_is_said(tmp_path: Path, shell: tuple[str, ...]) -> None:
    with serving(tmp_path, shell, "cpu") as health:
        well = health()
        assert (well.returncode, well.stdout) == (0, "healthy: computes on the CPU: this stack has no GPU\n"), (
            well.stderr
        )
        words = (tmp_path / "server.py.said").read_text()
        assert "--gpu-layers 0 --device none --fit off" in words
        (tmp_path / "state/device").write_text("Vulkan0 (llvmpipe (LLVM 19))\n")
        ill = health()
        assert (ill.returncode, ill.stdout) == (
            1,
            "unhealthy: it computes on Vulkan0 (llvmpipe (LLVM 19)), and is to compute on the CPU\n",
        )


def test_with_a_gpu_the_cpu_is_not_enough(tmp_path: Path) -> None:
    with serving(tmp_path, SHELLS[0], "software") as health:
        well = health()
        assert well.stdout == "healthy: computes on Vulkan0 (llvmpipe (LLVM 19)) (0000), 5/5 layers\n", well.stderr
        (tmp_path / "state/device").unlink()
        assert "the server did not say that it uses a GPU" in health().stdout
