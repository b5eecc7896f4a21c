"""Where a tier cannot run, its tests say so and are skipped: a Mac has no Linux namespaces, a plain user no real VM."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from tests.browser import Browser

# A slow machine is no defect; and CI looks at the same examples every time, so that red means changed.
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A module, and with it its lab, stays on one worker; all real VMs on one: two cores bear one at a time."""
    from xdist.scheduler import LoadScopeScheduling

    class ByLab(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist ships no types
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.partition("::")[0]
            return "real" if _real(Path(path)) else path

    config.option.loadscopereorder = False
    return ByLab(config, log)


def _real(path: Path) -> bool:
    return "real" in path.stem.split("_")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the simulated tiers where they cannot run. What takes longest comes first, lest one worker ends alone."""
    linux = sys.platform.startswith("linux")
    for item in items:
        simulated = item.get_closest_marker("sim") or item.get_closest_marker("real_vm")
        if simulated and not linux:
            item.add_marker(pytest.mark.skip(reason="the simulated lab needs Linux namespaces"))
        elif item.get_closest_marker("real_vm") and os.geteuid() != 0:
            item.add_marker(pytest.mark.skip(reason="a VM with real podman needs root: sudo make test"))
    items.sort(key=lambda item: (not _real(item.path), "sim" not in item.path.parts))


@pytest.fixture(autouse=True, scope="module")
def _unpatched() -> Iterator[None]:
    """No module patches this process with gevent: for good it is, and a patched worker can end while it waits."""
    from gevent import monkey

    patched = "gevent has patched this process: what imports the engine's fleet is tested in a process of its own"
    assert not monkey.is_module_patched("threading"), patched
    yield
    assert not monkey.is_module_patched("threading"), patched


@contextmanager
def _own(factory: pytest.TempPathFactory, name: str) -> Iterator[str]:
    """A folder of this worker's own: gone at the end, and where tests are killed, with pytest's other old folders."""
    folder = factory.mktemp(name)
    yield str(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def _compiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Programs that tests start share what Python compiles, even where the environment forbids to write it."""
    with _own(tmp_path_factory, "pyc") as folder, pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("PYTHONPYCACHEPREFIX", folder)
        yield


@pytest.fixture(autouse=True, scope="session")
def _sockets() -> Iterator[None]:
    """Verify's sockets in a folder of this worker's own, so that a test can see what its own runs left there.

    A socket's path has to be short: the folder is none of pytest's, and that of a worker that was killed goes here.
    """
    for left in Path("/tmp").glob("cf-[0-9]*-*"):
        if (pid := left.name.split("-")[1]).isdecimal() and not psutil.pid_exists(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    with (
        tempfile.TemporaryDirectory(prefix=f"cf-{os.getpid()}-", dir="/tmp") as folder,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setenv("CARBON_FLEET_SOCKETS", folder)
        yield


@pytest.fixture
def browser(tmp_path: Path) -> Iterator["Browser"]:
    """A headless Chromium for one test: see tests/browser.py."""
    from tests.browser import started

    with started(tmp_path / "pictures") as running:
        yield running


@pytest.fixture(autouse=True, scope="session")
def _state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What runs keep goes to a folder of this worker's own, never to this user's."""
    with _own(tmp_path_factory, "state") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARBON_STATE", folder)
        yield
