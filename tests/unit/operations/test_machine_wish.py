import json
from typing import Any

import pytest
from pydantic import ValidationError

from carbon_fleet.spec import Mac
from operations.machine import RESOURCE, Machine


def wish(**said: Any) -> Machine:
    return Machine.model_validate_json(json.dumps(said))


@pytest.mark.parametrize(
    ("said", "what"),
    [
        ({"name": "libkrun"}, "is the name of a provider"),
        ({"name": "Carbon"}, "is not a name"),
        ({"cpus": 0}, "greater than or equal to 1"),
        ({"memory": "61441MiB"}, "more than krunkit gives"),
        ({"memory": "512MiB"}, "too little to boot"),
        ({"memory": "8193KiB"}, "too little"),
        ({"memory": "1048577KiB"}, "a whole number of MiB"),
        ({"disk": "100MiB"}, "too small"),
        ({"disk": "10241MiB"}, "a whole number of GiB"),
        ({"swap": "1KiB"}, "a whole number of MiB"),
        ({"volumes": ["/Users"]}, "is not a volume"),
        ({"volumes": ["~/x:/x"]}, "is not a volume"),
        ({"volumes": ["/a:/b:z"]}, "neither `ro` nor `rw`"),
        ({"volumes": ["/a:/usr/"]}, "`/usr` cannot be mounted over"),
        ({"volumes": ["/a:/"]}, "`/` cannot be mounted over"),
        ({"gpu": True}, "Extra inputs"),
    ],
)
def test_a_wrong_wish_is_named(said: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what.replace("`", ".")):
        wish(**said)


def test_the_defaults_are_whole() -> None:
    machine = wish()
    assert (machine.memory.mib, machine.disk.gib, machine.rootful, machine.swap) == (8192, 100, True, None)
    assert wish(memory="60GiB", volumes=["/a:/usr/local", "/b:/mnt/b:ro"], swap="2GiB").swap is not None


def test_mistakes_that_a_whole_wish_shows() -> None:
    found = list(RESOURCE.check(wish(stop_timeout="90s", volumes=["/a:/x", "/b:/x/"]), Mac("mac-01")))
    assert [problem.path for problem in found] == [("machine", "stop_timeout"), ("machine", "volumes", 1)]
    assert list(RESOURCE.check(wish(), Mac("mac-01"))) == []
