from collections.abc import Iterator
from pathlib import Path

import pytest

from carbon_fleet.mirror import web as web_module
from carbon_fleet.mirror.wants import Wants
from carbon_fleet.spec.references import reference
from tests.mirror_upstream import (
    MODEL,
    MODEL_SHA256,
    MODEL_URL,
    Upstream,
    sha256,
    upstream,
)
from tests.unit.mirror.site import MESA, Site


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    with upstream(tmp_path_factory.mktemp("internet")) as made:
        made.homebrew()
        made.machine_os("6.1")
        made.image("docker.io", "library/nginx", "1", {})
        made.files |= {"/models.example/tiny.gguf": MODEL, "/archive.mesa3d.org/mesa-26.0.8.tar.xz": b"mesa" * 5000}
        yield made


@pytest.fixture
def site(internet: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Places, a folder, and a wish for a model, a file, an image and a machine's disk; of Homebrew nothing."""
    monkeypatch.setattr(web_module, "PAUSE", 0.01)
    kept = dict(internet.files)
    internet.asked.clear()
    internet.ranges.clear()
    wants = Wants(
        disks={"quay.io/podman/machine-os:6.1"},
        images={(reference("nginx:1"), "linux/arm64")},
        files={MESA: sha256(b"mesa" * 5000)},
        models={MODEL_SHA256: MODEL_URL},
    )
    yield Site(internet, tmp_path / "mirror", wants, {}, [])
    internet.files = kept
    internet.cut.clear()
