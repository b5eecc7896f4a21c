"""`registry`: where images go through, and every way to say it wrongly."""

import pytest

from carbon_fleet.spec import LabError, Registry
from carbon_fleet.spec.registry import near
from tests.unit.spec.models import fault, faults, load, one_mac


def said(text: str) -> Registry:
    found = load(one_mac(f"registry: {text}")).mac("mac-01").registry
    assert found is not None
    return found


def test_it_is_a_part_of_the_wish_and_left_out_it_is_none() -> None:
    mac = load(one_mac("registry: {at: r.example/carbon}")).mac("mac-01")
    assert mac.registry == Registry(at="r.example/carbon")
    assert mac.wish()["registry"] == {"at": "r.example/carbon", "insecure": False, "user": None, "password": None}
    assert mac.digest != load(one_mac("")).mac("mac-01").digest
    assert "registry" not in load(one_mac("")).mac("mac-01").wish()


@pytest.mark.parametrize(
    ("at", "host"),
    [
        ("registry.example/carbon", "registry.example"),
        ("registry:5000/a/b-c/d_e", "registry:5000"),
        ("localhost/x", "localhost"),
        ("10.0.0.5:5000/x", "10.0.0.5:5000"),
    ],
)
def test_a_place_is_host_port_and_path(at: str, host: str) -> None:
    assert said(f"{{at: '{at}'}}").host == host


@pytest.mark.parametrize("at", ["registry.example", "carbon/x", "https://r.example/x", "r.example/X", "r.example/x:1"])
def test_what_is_no_place_is_named_with_one_that_is(at: str) -> None:
    (one,) = faults(one_mac(f"registry: {{at: '{at}'}}"))
    assert (one.path, "is no place in a registry" in one.what, "registry.example:5000/carbon" in one.write) == (
        "registry.at",
        True,
        True,
    )


def test_plain_http_is_for_this_machine_and_the_labs_own_network() -> None:
    for host in (
        "127.0.0.1:5000",
        "localhost:5000",
        "192.168.1.9:5000",
        "10.1.2.3:80",
        "mac-01.local:5000",
        "reg:5000",
    ):
        assert said(f"{{at: '{host}/x', insecure: true}}").insecure
    for host in ("registry.example", "8.8.8.8:5000", "docker.io"):
        found = fault(one_mac(f"registry: {{at: '{host}/x', insecure: true}}"))
        assert "`insecure` is for loopback and the lab's own network" in found.what
    assert (near("192.168.0.1"), near("1.1.1.1")) == (True, False)


def test_a_login_has_both_halves() -> None:
    assert said("{at: r.example/x, user: lab, password: key}").user == "lab"
    for half, other in (("user: lab", "password"), ("password: key", "user")):
        found = fault(one_mac(f"registry: {{at: r.example/x, {half}}}"))
        assert found.write == f"write `{other}:`, too"
    with pytest.raises(LabError, match="is no user of a registry"):
        said("{at: r.example/x, user: 'a:b', password: key}")
