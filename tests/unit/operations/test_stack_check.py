from dataclasses import replace
from typing import Any

import pytest
from pydantic import ValidationError

from operations.stack.checks import check
from operations.stack.wish import Container, Stacks, definition, names
from tests.unit.operations.stack_world import a_mac, one, units_of

IMAGE = "docker.io/library/nginx:1"


def problems(stacks: Any) -> list[tuple[tuple[str | int, ...], str, str]]:
    mac = a_mac(stacks)
    return [(p.path, p.what, p.write) for p in check(mac.section("stacks", Stacks), mac)]


def pair(**second: Any) -> list[Any]:
    return [{"name": "s", "containers": {"a": {"image": IMAGE}, "b": {"image": IMAGE, **second}}}]


def test_right_stacks_have_no_problems() -> None:
    assert problems([]) == []
    assert (
        problems(["vulkan-check", *one(ports=["127.0.0.1:8080:80"]), *pair(ports=["127.0.0.1:8081:80"], after=["a"])])
        == []
    )
    assert problems(pair(ports=["127.0.0.1:8080:80", "[::1]:8080:80", "127.0.0.1:8080:80/udp"])) == []
    assert problems(one(environment={"CARBON_ACCEPT": "apple"})) == []


def test_unknown_names_come_with_the_nearest() -> None:
    assert problems(["vulcan-check"]) == [(("stacks", 0), "there is no stack `vulcan-check`", "write `vulkan-check`")]
    assert problems(["zzz"])[0][2].startswith("write one of `")
    assert problems(one(image="vulkan-chek")) == [
        (("stacks", 0, "containers", "web", "image"), "there is no image `vulkan-chek`", "write `vulkan-check`")
    ]
    path = ("stacks", 0, "containers", "b", "after")
    assert problems(pair(after=["aa"])) == [(path, "there is no container in the stack `s` named `aa`", "write `a`")]


def test_what_two_containers_cannot_both_have() -> None:
    assert problems(["vulkan-check", "vulkan-check"])[0] == (
        ("stacks", 1),
        "the stack `vulkan-check` is there twice",
        "leave one of them out",
    )
    assert "would both be named `a-b-c`" in problems([*one("c", "a-b"), *one("b-c", "a")])[0][1]


def test_circles_and_empty_stacks() -> None:
    assert [row[0][-1] for row in problems(pair(after=["b"]))] == ["after"]
    circle = [{"name": "s", "containers": {n: {"image": IMAGE, "after": [m]} for n, m in ("ab", "bc", "ca")}}]
    assert len(problems(circle)) == 3
    assert problems([{"name": "s", "containers": {}}])[0][1] == "the stack `s` has no containers"


def test_a_stack_cannot_weaken_what_passes_for_a_gpu() -> None:
    found = problems(one(gpu="venus", environment={"CARBON_ACCEPT": "software"}))
    assert [row[0] for row in found] == [("stacks", 0, "containers", "web", "environment", "CARBON_ACCEPT")]
    (unit,) = units_of(a_mac(one(gpu="venus", environment={"CARBON_ACCEPT": "software"})))
    assert 'Environment="CARBON_ACCEPT=apple"' in unit.text.splitlines()


def test_a_way_to_the_gpu_needs_a_gpu() -> None:
    assert problems(one(gpu="venus", gpu_path="remoting")) == []
    found = problems(one(gpu_path="remoting"))
    assert [row[0] for row in found] == [("stacks", 0, "containers", "web", "gpu_path")]


WRONG: dict[str, list[Any]] = {
    "image": ["nginx:1", "Nginx", "docker.io/library/ngi nx", ""],
    "ports": [["80"], ["80:0"], ["80:70000"], ["a:80:80"], ["80:80/sctp"]],
    "volumes": [["data"], ["data:rel"], ["./x:/y"], ["/x:/y\\"]],
    "devices": [["dri"], ["/dev/a "]],
    "tmpfs": [["tmp"]],
    "environment": [{"1A": "x"}, {"A": "x\ny"}, {"A": 1}],
    "command": ["sleep 1", [""], ["a\nb"]],
    "health": [{}, {"command": []}, {"command": ["one"]}, {"command": "x\\"}, {"command": "x", "retries": 0}],
    "user": ["root\\", " x"],
    "capabilities": [["chown"]],
    "restart": [False, "sometimes"],
    "gpu": ["nvidia", True],
    "gpu_path": ["metal", None],
    "memory": [1024, "1GB"],
    "bogus": [1],
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in WRONG.items() for value in values])
def test_wrong_values_are_refused(key: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        a_mac(one(**{"image": IMAGE, key: value}))


def test_a_wish_survives_being_written_down() -> None:
    mac = a_mac(["vulkan-check", *one(health={"command": "x"}, memory="1GiB")])
    wish = mac.section("stacks", Stacks)
    assert Stacks.model_validate_json(wish.model_dump_json()) == wish


def test_the_projects_own_stacks_are_right() -> None:
    assert "vulkan-check" in names()
    for name in names():
        # Each alone: two that bring the same service want the same port, which is said.
        mac = replace(a_mac([name]), user="lab")
        assert list(check(mac.section("stacks", Stacks), mac)) == []
        assert definition(name).description
        assert all(isinstance(each, Container) for each in definition(name).containers.values())
