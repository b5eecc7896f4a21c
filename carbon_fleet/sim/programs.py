"""Lays out the lab's stand-ins as its sandboxes see them below /.sim: copied once a lab, compiled ahead."""

import shutil
import subprocess
import sys
from pathlib import Path

_HERE = Path(__file__).parent
_SYSTEM_PYTHON = Path("/usr/bin/python3")
_LAUNCHER = (
    '#!/.sim/python -IS\nimport sys\nsys.dont_write_bytecode = True\nsys.path.insert(0, "/.sim/lib")\n'
    "from standins.{module} import main\nsys.exit(main(sys.argv))\n"
)
MAC_LAUNCHERS = {"brew": "brew", "podman": "podman", "krunkit": "krunkit", "gvproxy": "gvproxy", "plutil": "plutil",
                 "launchctl": "launchctl", "docker": "engine_docker", "container": "engine_apple",
                 "session-under": "session_under", "limactl": "lima_limactl", "colima": "lima_colima"}  # fmt: skip
GUEST_LAUNCHERS = {"podman": "guest_podman", "systemctl": "guest_systemctl", "journalctl": "guest_journalctl"}
GUEST_LAUNCHERS |= {"runuser": "guest_runuser"}


def launcher(module: str) -> str:
    """The text of an executable that runs `main` of one stand-in module."""
    return _LAUNCHER.format(module=module)


def lay_out(directory: Path) -> None:
    """Make `directory` what sandboxes mount at /.sim: bin (sh), py and guest (Python), lib (their modules), python."""
    if directory.exists():
        shutil.rmtree(directory)
    shutil.copytree(_HERE / "userland" / "bin", directory / "bin")
    shutil.copytree(_HERE / "userland" / "guest-bin", directory / "guest")
    shutil.copytree(_HERE / "standins", directory / "lib" / "standins", ignore=shutil.ignore_patterns("__pycache__"))
    compile_ahead = [str(interpreter()), "-m", "compileall", "-qq", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*compile_ahead, str(directory / "lib")], check=True)
    for place, names in (
        ("py", MAC_LAUNCHERS),
        ("guest", GUEST_LAUNCHERS),
        *((f"lima-{engine}", {engine: "lima_engine"}) for engine in ("docker", "nerdctl")),
        ("container", {"vulkan-check": "container_check", "llama-bench": "llama_bench"}),
    ):
        (directory / place).mkdir(exist_ok=True)
        for name, module in names.items():
            path = directory / place / name
            path.write_text(launcher(module))
            path.chmod(0o755)
    (directory / "mac").mkdir()
    inside = "/.host/bin/python3" if interpreter() == _SYSTEM_PYTHON else str(interpreter())
    (directory / "python").symlink_to(inside)


def interpreter() -> Path:
    """The Python the stand-ins run on: Debian's, else the one that runs now."""
    return _SYSTEM_PYTHON if _SYSTEM_PYTHON.exists() else Path(sys.executable).resolve()


def python_home() -> Path | None:
    """What a sandbox must mount at its own path for `interpreter` to work; None for Debian's, which is in /usr."""
    return None if interpreter() == _SYSTEM_PYTHON else Path(sys.base_prefix)
