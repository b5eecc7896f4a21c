"""`mirror build`, killed (kill -9) again and again: the run that ends makes what one that was left alone makes."""

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.mirror import manifest as manifests
from carbon_fleet.mirror import repository
from carbon_fleet.mirror.build import Build
from carbon_fleet.mirror.check import wrong
from carbon_fleet.mirror.depot import Depot
from carbon_fleet.mirror.wants import Wants
from carbon_fleet.mirror.web import Web
from carbon_fleet.spec.references import reference
from tests.mirror_upstream import MODEL, MODEL_SHA256, MODEL_URL, TAG, TAP, Upstream, upstream

WANTS = Wants(
    formulae={"podman", "libkrun/krun/krunkit"},
    taps={TAP},
    disks={None},
    images={(reference("nginx:1"), "linux/arm64")},
    models={MODEL_SHA256: MODEL_URL},
)


@pytest.fixture(scope="module")
def internet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    with upstream(tmp_path_factory.mktemp("internet")) as made:
        made.homebrew()
        made.machine_os("6.1")
        made.image("docker.io", "library/nginx", "1", {})
        made.files["/models.example/tiny.gguf"] = MODEL
        yield made


def build(internet: Upstream, folder: Path) -> None:
    depot = Depot(folder)
    with depot.building():
        assert Build("lab", WANTS, depot, Web(depot, internet.places, lambda _: None), (TAG,), lambda _: None).run()


def killed_at(step: int, internet: Upstream, folder: Path) -> bool:
    """Whether a build of its own process was killed before its `step`-th write or git command; else it is done."""
    child = os.fork()
    if child == 0:
        left = [step]

        def counted(what: Callable[..., Any]) -> Callable[..., Any]:
            def one(*words: Any, **more: Any) -> Any:
                left[0] -= 1
                if left[0] == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                return what(*words, **more)

            return one

        for owner, name in ((Depot, "_keep"), (Depot, "mark"), (Depot, "write"), (repository, "git")):
            setattr(owner, name, counted(getattr(owner, name)))
        try:
            build(internet, folder)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def test_killed_again_and_again_it_ends_as_one_that_was_left_alone(internet: Upstream, tmp_path: Path) -> None:
    build(internet, tmp_path / "whole")
    whole = (tmp_path / "whole/mirror.json").read_bytes()
    kills, folder = 0, tmp_path / "mirror"
    for step in range(4, 400, 9):
        if not killed_at(step, internet, folder):
            break
        kills += 1
        assert not (folder / "mirror.json").exists(), "it comes last"
    assert kills > 5
    assert (folder / "mirror.json").read_bytes() == whole
    assert list(wrong(folder, manifests.read(folder))) == []
