"""The reference of a container, as verify compares what podman says with what the lab file does."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from tests.state.test_containers import test_container_has_the_wished_reference as compare

DIGEST = f"sha256:{'a' * 64}"
OTHER = f"sha256:{'b' * 64}"


def look(says: str, wished: str) -> None:
    """Compare as verify does, where podman's inspect `says` this of a container that is wished to run `wished`."""
    answer = json.dumps([{"ImageName": says}])
    vm: Any = SimpleNamespace(run=lambda *words: SimpleNamespace(command=b"podman", stdout=answer, stderr="", rc=0))
    unit: Any = SimpleNamespace(container_name="shop-web", container=SimpleNamespace(image=wished))
    compare(vm, unit)


@pytest.mark.parametrize(
    ("says", "wished"),
    [
        ("docker.io/library/nginx:1", "docker.io/library/nginx:1"),
        ("docker.io/library/nginx:1", "docker.io/nginx:1"),
        ("docker.io/library/nginx:latest", "docker.io/library/nginx"),
        (f"docker.io/library/nginx@{DIGEST}", f"docker.io/library/nginx:1@{DIGEST}"),
        (f"docker.io/library/nginx:1@{DIGEST}", f"docker.io/library/nginx:1@{DIGEST}"),
    ],
)
def test_one_reference_may_be_written_in_several_ways(says: str, wished: str) -> None:
    look(says, wished)


@pytest.mark.parametrize(
    ("says", "wished"),
    [
        ("docker.io/library/nginx:2", "docker.io/library/nginx:1"),
        (f"docker.io/library/nginx@{OTHER}", f"docker.io/library/nginx:1@{DIGEST}"),
        ("docker.io/library/nginx:1", f"docker.io/library/nginx:1@{DIGEST}"),
    ],
)
def test_another_is_told(says: str, wished: str) -> None:
    with pytest.raises(AssertionError, match="shop-web runs"):
        look(says, wished)
