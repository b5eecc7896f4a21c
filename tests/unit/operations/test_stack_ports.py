"""Ports in a lab file: the Mac's alone unless said otherwise, on the network only behind a login, nobody's twice."""

from typing import Any

import pytest

from carbon_fleet.spec import Problem
from operations.stack.checks import check
from operations.stack.openings import openings
from operations.stack.ports import free_port, moved
from operations.stack.wish import Stacks
from operations.stack.words import published
from tests.unit.operations.stack_world import a_mac, one, units_of

GUARDED = {"ports": ["8888:8888"], "login": "token", "secrets": {"JUPYTER_TOKEN": "token"}, "enabled": True}


def problems(stacks: Any) -> list[Problem]:
    mac = a_mac(stacks)
    return list(check(mac.section("stacks", Stacks), mac))


def served(service: dict[str, Any], **container: Any) -> list[Any]:
    return one(services={"lab": service}, **container)


def published_of(stacks: Any) -> list[str]:
    lines = [line for unit in units_of(a_mac(stacks)) for line in unit.text.splitlines()]
    return [line.partition("=")[2] for line in lines if line.startswith("PublishPort=")]


def test_a_port_is_the_macs_alone_unless_it_is_exposed() -> None:
    assert published_of(one(ports=["8080:80", "[::1]:8081:80", "9000:9000/udp"])) == [
        "127.0.0.1:8080:80",
        "[::1]:8081:80",
        "127.0.0.1:9000:9000/udp",
    ]
    assert published_of(served(GUARDED, expose="lan")) == ["8888:8888"]
    assert published_of([{**served(GUARDED)[0], "expose": "lan"}]) == ["8888:8888"]


def test_what_is_guarded_may_be_on_the_network() -> None:
    assert problems(served(GUARDED, expose="lan")) == []
    assert problems(served({**GUARDED, "ports": ["80:8888"]}, expose="lan")) == []
    assert problems(served({**GUARDED, "secrets": {}}, expose="lan", secrets={"/run/t": "token"})) == []
    assert problems(served({"ports": ["8888:8888"]}, expose="lan")) == [], "one that is off opens nothing"
    assert problems(one(ports=["127.0.0.1:8080:80"], expose="lan")) == [], "an address is taken at its word"


@pytest.mark.parametrize("address", ["0.0.0.0", "[::]", "10.0.0.11", "[fe80::1]"])
def test_an_address_does_not_open_what_expose_keeps_shut(address: str) -> None:
    (found,) = problems(one(ports=[f"{address}:8080:80"]))
    assert found.path == ("stacks", 0, "containers", "web", "ports", 0)
    assert found.what == f"`{address}:8080:80` opens the container `web` of the stack `shop` to the network"
    assert found.write == "write `expose: lan` for the container, or just `8080:80`"


@pytest.mark.parametrize("port", ["8080:80", "0.0.0.0:8080:80", "10.0.0.11:8080:80"])
def test_a_containers_own_ports_never_reach_the_network(port: str) -> None:
    (found,) = problems(one(ports=[port], expose="lan"))
    assert found.path == ("stacks", 0, "containers", "web", "ports", 0)
    assert "would be open to the whole network" in found.what
    assert 'ports: ["8080:80"], login: SECRET' in found.write
    assert found.write.endswith("or write `127.0.0.1:8080:80`")


def test_a_service_on_the_network_has_a_login_that_it_gets() -> None:
    (found,) = problems(served({**GUARDED, "login": None}, expose="lan"))
    assert (found.path, found.what) == (
        ("stacks", 0, "containers", "web", "services", "lab"),
        "the service `lab` of the stack `shop` has no login, and would be open to the whole network",
    )
    (found,) = problems(served({**GUARDED, "secrets": {}}, expose="lan"))
    assert found.path == ("stacks", 0, "containers", "web", "services", "lab", "login")
    assert found.write == "write `secrets: {VARIABLE: token}` at the service"


HOLES: list[tuple[dict[str, Any], str]] = [
    ({"command": ["--auth", "none", "/work"]}, "command"),
    ({"command": ["sh", "-c", "exec code-server --auth=none"]}, "command"),
    ({"entrypoint": ["code-server", "--auth"], "command": ["none"]}, "command"),
    ({"command": ["jupyter", "lab", "--ServerApp.token="]}, "command"),
    ({"command": ["jupyter", "lab", "--ServerApp.token=''", "--ip=0.0.0.0"]}, "command"),
    ({"entrypoint": ["sh", "-c", 'jupyter lab --NotebookApp.token=""']}, "entrypoint"),
    ({"command": ["--IdentityProvider.token", "''"]}, "command"),
    ({"command": ["--ServerApp.allow_unauthenticated_access=True"]}, "command"),
    ({"command": ["redis-server", "--protected-mode", "no"]}, "command"),
    ({"command": ["redis-server", "--requirepass"]}, "command"),
    ({"command": ["mysqld", "--skip-grant-tables"]}, "command"),
    ({"command": ["mongod", "--noauth"]}, "command"),
    ({"command": ["Xvnc", "-SecurityTypes", "None"]}, "command"),
    ({"environment": {"NOTEBOOK_TOKEN": ""}}, "environment"),
    ({"environment": {"ALLOW_EMPTY_PASSWORD": "yes"}}, "environment"),
    ({"environment": {"MYSQL_ALLOW_EMPTY_PASSWORD": "1"}}, "environment"),
    ({"environment": {"MARIADB_ALLOW_EMPTY_ROOT_PASSWORD": "true"}}, "environment"),
    ({"environment": {"POSTGRES_HOST_AUTH_METHOD": "trust"}}, "environment"),
    ({"environment": {"DISABLE_AUTH": "true"}}, "environment"),
    ({"environment": {"CODE_SERVER_AUTH": "none"}}, "environment"),
    ({"image": "docker.io/library/redis:7"}, "image"),
    ({"image": "docker.io/valkey/valkey:8", "command": ["valkey-server", "--save", "60"]}, "image"),
]


@pytest.mark.parametrize(("container", "key"), HOLES, ids=[str(next(reversed(each.values()))) for each, _ in HOLES])
def test_what_lets_everybody_in_is_refused_on_the_network(container: dict[str, Any], key: str) -> None:
    (found,) = problems(served(GUARDED, expose="lan", **container))
    assert found.path == ("stacks", 0, "containers", "web", key)
    assert found.what.endswith("lets the network in")
    assert found.why
    assert found.write
    assert problems(served(GUARDED, **container)) == [], "on the Mac alone it is the lab's own affair"


@pytest.mark.parametrize(
    "container",
    [
        {"command": ["jupyter", "lab", "--ServerApp.token=$JUPYTER_TOKEN", "--ServerApp.ip=0.0.0.0"]},
        {"command": ["--auth", "password"]},
        {"command": ["redis-server", "--requirepass", "$REDIS_PASSWORD", "--protected-mode", "yes"]},
        {"image": "docker.io/library/redis:7", "command": ["redis-server", "/etc/redis/redis.conf"]},
        {"environment": {"ALLOW_EMPTY_PASSWORD": "no", "POSTGRES_HOST_AUTH_METHOD": "scram-sha-256"}},
        {"environment": {"JUPYTER_TOKEN": ""}},
    ],
)
def test_what_asks_for_a_password_is_let_through(container: dict[str, Any]) -> None:
    assert problems(served(GUARDED, expose="lan", **container)) == []


def test_a_variable_of_a_service_that_is_off_opens_nothing() -> None:
    services: dict[str, dict[str, Any]] = {"lab": GUARDED, "db": {"environment": {"ALLOW_EMPTY_PASSWORD": "yes"}}}
    assert problems(one(services=services, expose="lan")) == []
    services["db"]["enabled"] = True
    assert [found.path[-1] for found in problems(one(services=services, expose="lan"))] == ["environment"]


def test_below_1024_there_is_no_single_address() -> None:
    (found,) = problems(one(ports=["80:80"]))
    assert found.what == "port 80 of the Mac cannot be had on 127.0.0.1 alone"
    assert found.write == "write `8080:80` for it"
    (found,) = problems([*one(ports=["127.0.0.1:443:443/udp"]), *one("b", "other", ports=["8443:443/udp"])])
    assert found.write == "write `127.0.0.1:8444:443/udp` for it"


def test_a_port_that_two_want_names_both_and_a_free_one() -> None:
    stacks = [*one(ports=["8080:80"]), *one("b", "other", ports=["8081:81", "8080:81"])]
    (found,) = problems(stacks)
    assert found.path == ("stacks", 1, "containers", "b", "ports", 1)
    assert found.what == "port 8080/tcp of the Mac is wanted twice"
    assert (
        found.why
        == "the container `web` of the stack `shop` has it, and the container `b` of the stack `other` wants it"
    )
    assert found.write == "write `8082:81` for it"
    assert [each.path[-1] for each in problems(one(ports=["8080:80", "8080:81"]))] == [1]
    assert problems(one(ports=["8080:80", "8080:80/udp", "[::1]:8080:80"])) == []
    clash = [*served(GUARDED, expose="lan"), *one("b", "other", ports=["127.0.0.1:8888:1"])]
    assert [each.what for each in problems(clash)] == ["port 8888/tcp of the Mac is wanted twice"]


def test_a_service_that_is_off_wants_no_port() -> None:
    services = {"a": {**GUARDED, "enabled": True}, "b": {"ports": ["8888:1"]}}
    assert problems(one(services=services)) == []
    both = one(services=services)
    both[0]["services"] = {"b": True}
    (found,) = problems(both)
    assert found.path == ("stacks", 0, "containers", "web", "services", "b", "ports", 0)
    assert "the service `a` of the stack `shop` has it" in found.why


@pytest.mark.parametrize("port", ["999.1.1.1:8080:80", "[zz::]:8080:80", "1.2.3:8080:80"])
def test_an_address_that_is_none(port: str) -> None:
    from pydantic import ValidationError

    with pytest.raises(ValidationError):
        a_mac(one(ports=[port]))


def test_free_ports() -> None:
    assert free_port(published("80:80"), {("tcp", 80)}) == 8080
    assert free_port(published("8080:80"), {("tcp", 8080), ("tcp", 8081), ("udp", 8082)}) == 8082
    assert free_port(published("65535:80"), {("tcp", 1024)}) == 1025
    assert moved("[::1]:8080:80/udp", 9) == "[::1]:9:80/udp"


def test_every_opening_is_named() -> None:
    mac = a_mac(one(ports=["8080:80"], services={"a": GUARDED, "b": {"ports": ["1:1", "2:2"]}}))
    found = openings(mac.section("stacks", Stacks))
    assert [(each.service, each.place, each.on) for each in found] == [
        (None, 0, True),
        ("a", 0, True),
        ("b", 0, False),
        ("b", 1, False),
    ]
