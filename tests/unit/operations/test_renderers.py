"""One workload, every renderer: what each text says, parsed back, is the same."""

import json
import plistlib
import re
from collections import defaultdict
from typing import Any

import pytest

from operations.render import compose, container_args, launchd, quadlet
from operations.render.container_args import Share
from operations.render.workload import Check, Mount, Port, Secret, Workload
from operations.runtimes import stacks_on
from operations.stack.wish import Stack, names
from operations.stack.workload import workload
from tests.unit.operations.docker_world import a_mac

SECRETS, HOME = "../../secrets", "/Users/lab"
FULL = Workload(
    "shop",
    "web",
    "docker.io/library/nginx:1",
    program=("/bin/sh", "-c", 'echo "$HOME" 100%'),
    command=("--price", "5$", "a b"),
    user="1000:1000",
    environment={"PRICE": "5$ \"and\" 'more' \\ 10%", "EMPTY": "", "ON": "true", "PORT": "0080"},
    secrets=(Secret("token", "TOKEN"), Secret("key", "/run/secrets/key")),
    mounts=(
        Mount("shop-data", "/data"),
        Mount("/Users/lab/work", "/work", of_mac=True),
        Mount("/srv/ro", "/ro", ("ro", "z")),
        Mount("/Users/lab/.local/share/models/abc", "/models/tiny", ("ro",), of_mac=True, file=True),
    ),
    folders=("/Users/lab/work",),
    tmpfs=("/tmp", "/run/x"),
    read_only=True,
    ports=(Port("127.0.0.1", 8080, 80), Port("[::1]", 8081, 80), Port("", 53, 53, "udp")),
    network="none",
    kept=("NET_BIND_SERVICE",),
    memory=512 * 2**20,
    health=Check("curl -f http://127.0.0.1 || exit 1", 30, 5, 3, 60),
    restart="on-failure",
)
LIST = Workload("s", "s", "localhost/carbon-fleet/x:1", ours=True, health=Check(("true", "$x"), 1, 2, 3, 0), kept=())
BARE = Workload("s", "bare", "docker.io/library/nginx:1", new_privileges=True, restart="no")
OWN = [
    workload(stack.name, each, container, mac)
    for mac in (a_mac(stacks=[name]) for name in names() if Stack(name=name).need() != "required")
    for stack in stacks_on(mac, "docker").all()
    for each, container in stack.members().items()
]
each_workload = pytest.mark.parametrize("given", [FULL, LIST, BARE, *OWN], ids=lambda one: one.container)


def plain(value: str) -> str:
    """A value of a unit without systemd's escapes; in quotes a word."""
    if value.startswith('"'):
        value = re.sub(r"\\(.)", r"\1", value[1:-1])
    return value.replace("$$", "$").replace("%%", "%")


def words(value: str) -> list[str]:
    return [plain(word) for word in re.findall(r'"(?:[^"\\]|\\.)*"', value)]


def from_quadlet(text: str) -> dict[str, Any]:
    said = defaultdict[str, list[str]](list)
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith(("#", "[")):
            said[key].append(value)
    one = {key: plain(values[0]) for key, values in said.items()}
    secrets = [plain(value).split(",") for value in said["Secret"]]
    memory = [plain(value) for value in said["PodmanArgs"] if "--memory=" in value]
    return {
        "image": one["Image"],
        "name": one["ContainerName"],
        "asks a registry": one["Pull"] == "missing",
        "labels": dict(plain(value).split("=", 1) for value in said["Label"]),
        "program": json.loads(one.get("Entrypoint", "[]")),
        "command": [word for value in said["Exec"] for word in words(value)],
        "user": one.get("User"),
        "environment": dict(plain(value).split("=", 1) for value in said["Environment"]),
        "secrets": {
            target.removeprefix("target="): name.removeprefix("carbon-fleet-") for name, _, target, *_ in secrets
        },
        "volumes": sorted(_volume(plain(value)) for value in said["Volume"]),
        "tmpfs": [plain(value) for value in said["Tmpfs"]],
        "read only": "ReadOnly" in one,
        "ports": [plain(value) for value in said["PublishPort"]],
        "network": one.get("Network"),
        "devices": said["AddDevice"],
        "capabilities": said["AddCapability"] if said["DropCapability"] else None,
        "new privileges": "NoNewPrivileges" not in one,
        "memory": int(memory[0].removeprefix("--memory=").removesuffix("b")) if memory else None,
        "health": _health(one),
        "restart": one["Restart"],
    }


def _volume(text: str) -> tuple[str, str, bool]:
    source, target, *options = text.split(":")
    return source, target, "ro" in ",".join(options).split(",")


def _health(one: dict[str, str]) -> dict[str, Any] | None:
    if "HealthCmd" not in one:
        return None
    command = one["HealthCmd"]
    return {
        "command": json.loads(command) if command.startswith("[") else command,
        "times": [one[f"Health{name}"] for name in ("Interval", "Timeout", "StartPeriod")],
        "retries": int(one["HealthRetries"]),
    }


def from_compose(text: str, container: str) -> dict[str, Any]:
    whole = json.loads(text.split("\n", 1)[1].replace("$$", "$"))
    (service,) = [each for each in whole["services"].values() if each["container_name"] == container]
    labels = {key: value for key, value in service["labels"].items() if key != compose.DEFINITION_LABEL}
    check = service.get("healthcheck")
    network = service["network_mode"]
    assert all(whole["volumes"][name] == {"name": name, "external": True} for name in whole.get("volumes", {}))
    return {
        "image": service["image"],
        "name": container,
        "asks a registry": service["pull_policy"] == "missing",
        "labels": labels,
        "program": service.get("entrypoint", []),
        "command": service.get("command", []),
        "user": service.get("user"),
        "environment": service.get("environment", {}),
        "secrets": {one["target"]: one["source"] for one in service.get("secrets", [])},
        "volumes": sorted(
            (one["source"], one["target"], bool(one.get("read_only"))) for one in service.get("volumes", [])
        ),
        "tmpfs": service.get("tmpfs", []),
        "read only": service.get("read_only", False),
        "ports": service.get("ports", []),
        "network": None if network == compose.BRIDGE else network,
        "devices": service.get("devices", []),
        "capabilities": service.get("cap_add", []) if service.get("cap_drop") == ["ALL"] else None,
        "new privileges": "security_opt" not in service,
        "memory": service.get("mem_limit"),
        "health": check
        and {
            "command": check["test"][1] if check["test"][0] == "CMD-SHELL" else check["test"][1:],
            "times": [check["interval"], check["timeout"], check["start_period"]],
            "retries": check["retries"],
        },
        "restart": service["restart"],
    }


FLAGS = {"--read-only"}


def from_args(text: str, name: str) -> dict[str, Any]:
    """What `container create` is told, and what stands beside its words for whoever asks health and restarts."""
    entry = json.loads(text)[name]
    said, left = defaultdict[str, list[str]](list), list(entry["options"])
    while left:
        option = left.pop(0)
        said[option].append("" if option in FLAGS else left.pop(0))
    one = {key: values[0] for key, values in said.items()}
    check = entry["health"]
    return {
        "image": entry["image"],
        "name": one["--name"],
        "asks a registry": not entry["ours"],
        "labels": dict(value.split("=", 1) for value in said["--label"]),
        "entrypoint": [*said["--entrypoint"], *entry["arguments"]],
        "user": one.get("--user"),
        "environment": dict(value.split("=", 1) for value in said["--env"]),
        "secrets": entry["variables"]
        | {f"{folder}/{file}": secret for folder, files in entry["files"].items() for file, secret in files.items()},
        "volumes": sorted(_volume(value) for value in said["--volume"]),
        "tmpfs": said["--tmpfs"],
        "read only": "--read-only" in one,
        "ports": said["--publish"],
        "network": one.get("--network"),
        "devices": [],
        "capabilities": said["--cap-add"] if said["--cap-drop"] == ["ALL"] else None,
        "memory": int(one["--memory"].removesuffix("M")) * 2**20 if "--memory" in one else None,
        "health": check and {"command": _asked(check["words"]), "times": _times(check), "retries": check["retries"]},
        "restart": entry["restart"],
    }


def _asked(said: list[str]) -> str | list[str]:
    return said[2] if said[:2] == ["/bin/sh", "-c"] else said


def _times(check: dict[str, Any]) -> list[str]:
    return [f"{check[name]}s" for name in ("interval", "timeout", "start_period")]


@each_workload
def test_words_for_apples_container_say_the_same_as_a_unit(given: Workload) -> None:
    """But for `no-new-privileges`, which it does not know; and program and arguments are one list to it."""
    unit = from_quadlet(quadlet.unit(given))
    del unit["new privileges"]
    unit["entrypoint"] = [*unit.pop("program"), *unit.pop("command")]
    assert from_args(container_args.document([given], Share()), given.name) == unit


def test_a_container_that_says_nothing_gets_the_macs_share_and_no_secret_is_among_the_words() -> None:
    words = container_args.arguments(BARE, Share(2, 512 * 2**20 + 1))
    assert words[-5:] == ("--cpus", "2", "--memory", "513M", BARE.image)
    full = container_args.arguments(FULL, Share(memory=2**30))
    assert full[full.index("--memory") + 1] == "512M", "what a container says itself counts"
    assert not [word for word in full if "token" in word.lower() or "/run/secrets" in word]
    assert container_args.definition(BARE, Share()) != container_args.definition(BARE, Share(cpus=2))


def from_plist(text: str) -> dict[str, Any]:
    """What a program in no container can have in common with one: all but an image, and what confines it."""
    job = plistlib.loads(text.encode())
    said, program = json.loads(job["ProgramArguments"][3]), job["ProgramArguments"][4:]
    kept = job.get("KeepAlive", False)
    own = {name: value for name, value in job["EnvironmentVariables"].items() if name not in ("PATH", "HOME")}
    check = said["health"]
    return {
        "name": job["Label"].removeprefix(launchd.PREFIX),
        "labels": {"io.carbon-fleet.stack": said["stack"], "io.carbon-fleet.container": said["container"]},
        "words": program,
        "environment": own,
        "secrets": said["secrets"],
        "volumes": sorted((_bare(source, said["stack"]), target, only) for source, target, only in said["volumes"]),
        "ports": said["ports"],
        "health": check and {**check, "times": [f"{seconds}s" for seconds in check["times"]]},
        "restart": "no" if not kept else "always" if kept is True else "on-failure",
    }


def _bare(source: str, stack: str) -> str:
    return source.removeprefix(f"{HOME}/.local/share/carbon-fleet/native/{stack}/")


@each_workload
def test_a_property_list_says_the_same_of_what_runs_without_a_container(given: Workload) -> None:
    unit, job = from_quadlet(quadlet.unit(given)), from_plist(launchd.plist(given, HOME))
    unit["words"] = [*unit["program"], *unit["command"]]
    assert job == {key: unit[key] for key in job}


@each_workload
def test_both_texts_say_the_same(given: Workload) -> None:
    unit = from_quadlet(quadlet.unit(given))
    file = from_compose(compose.document(given.stack, [given], SECRETS), given.container)
    # A variable's secret stands in no Compose file: only the name of the file beside it, which the Mac writes.
    unit["secrets"] = {target: name for target, name in unit["secrets"].items() if target.startswith("/")}
    assert unit == file


@each_workload
def test_neither_lost_what_was_wished(given: Workload) -> None:
    """Or both would agree on nothing."""
    for said in (
        from_quadlet(quadlet.unit(given)),
        from_compose(compose.document(given.stack, [given], SECRETS), given.container),
        from_args(container_args.document([given], Share()), given.name),
    ):
        assert said["ports"] == [port.text for port in given.ports]
        assert said["environment"] == dict(given.environment)
        assert [(source, target) for source, target, _ in said["volumes"]] == sorted(
            (mount.source, mount.target) for mount in given.mounts
        )
        assert (said["restart"], said["health"] is None) == (given.restart, given.health is None)
    assert from_quadlet(quadlet.unit(given))["secrets"] == {secret.target: secret.name for secret in given.secrets}


def test_variables_of_the_image_that_are_taken_away_are_empty_where_compose_cannot() -> None:
    given = Workload("s", "c", "i/x:1", without=("GALLIUM_DRIVER",))
    assert '"--unsetenv=GALLIUM_DRIVER"' in quadlet.unit(given)
    service = json.loads(compose.document("s", [given], SECRETS).split("\n", 1)[1])["services"]["c"]
    assert service["environment"] == {"GALLIUM_DRIVER": ""}
