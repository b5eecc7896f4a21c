"""Where a tier cannot run, its tests say so and are skipped: a Mac has no Linux namespaces, a plain user no real VM."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

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


@pytest.fixture(autouse=True, scope="session")
def _compiled() -> Iterator[None]:
    """Programs that tests start share what Python compiles, even where the environment forbids to write it."""
    with tempfile.TemporaryDirectory(prefix="cf-pyc-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
        patch.setenv("PYTHONPYCACHEPREFIX", folder)
        yield


@pytest.fixture(autouse=True, scope="session")
def _sockets() -> Iterator[None]:
    """Verify's sockets in a folder of this worker's own, so that a test can see what its own runs left there."""
    with tempfile.TemporaryDirectory(prefix="cf-", dir="/tmp") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARBON_FLEET_SOCKETS", folder)
        yield


@pytest.fixture
def browser(tmp_path: Path) -> Iterator["Browser"]:
    """A headless Chromium for one test: see tests/browser.py."""
    from tests.browser import started

    with started(tmp_path / "pictures") as running:
        yield running


@pytest.fixture(autouse=True, scope="session")
def _state() -> Iterator[None]:
    """What runs keep goes to a folder of this worker's own, never to this user's."""
    with tempfile.TemporaryDirectory(prefix="cf-state-") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("CARBON_STATE", folder)
        yield
