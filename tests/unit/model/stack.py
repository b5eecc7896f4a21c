"""systemd, Quadlet and podman as far as stacks go: what each command of a stack's Changes makes of them.

A service runs by what systemd last read, not by what the file says now; a container runs the image its service named.
"""

import base64
import json
import re
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from carbon_fleet import assets
from carbon_fleet.plan import Change, Command
from carbon_fleet.snapshot.files import FileSeen
from operations.stack.quadlet import FOLDER
from operations.stack.seen import ContainerSeen, Kept, ServiceSeen, StackSeen
from operations.stack.update import KEPT, script
from operations.stack.wish import Stacks

IMAGES = ("docker.io/library/nginx:1", "docker.io/library/debian:13")
CONTAINER = st.fixed_dictionaries(
    {"image": st.sampled_from(IMAGES), "read_only": st.booleans()},
    optional={
        "health": st.just({"command": "true"}),
        "after": st.just(["two"]),
        "gpu": st.just("venus"),
        "volumes": st.just(["data:/data"]),
    },
)


def strategy_wanted() -> st.SearchStrategy[Stacks]:
    """Any wish of `stacks:` of up to two stacks of up to two containers."""
    containers = st.dictionaries(st.sampled_from(["one", "two"]), CONTAINER, min_size=1)
    stacks = st.dictionaries(st.sampled_from(["one", "shop"]), containers)
    return stacks.map(lambda each: Stacks.model_validate_json(json.dumps(_listed(each))))


def _listed(stacks: dict[str, Any]) -> list[Any]:
    return [{"name": name, "containers": containers} for name, containers in stacks.items()]


def strategy_seen(texts: dict[str, str] | None = None) -> st.SearchStrategy[StackSeen]:
    """Any machine: files and services of ours in any state; `texts` are right texts by path, some of them there."""
    paths = sorted({*(texts or {}), f"{FOLDER}/carbon-fleet-old-one.container"})
    units = st.tuples(*(_unit(path, (texts or {}).get(path, "")) for path in paths)).map(_machine)
    volumes = st.dictionaries(st.sampled_from(["data", "more"]), st.sampled_from(["", "shop", "old"]))
    return st.builds(lambda seen, kept, held: replace(seen, kept=kept, volumes=held), units, _kept(texts), volumes)


def _kept(texts: dict[str, str] | None) -> st.SearchStrategy[dict[str, Kept]]:
    """What is kept of stacks: the right texts, others, or nothing; also of a stack nobody wishes any more."""
    right = {path.rpartition("/")[2]: text for path, text in (texts or {}).items()}
    old = "[Container]\nImage=docker.io/library/old:1\nVolume=data:/x\n"
    names = {stack: [name for name in right if name.startswith(f"carbon-fleet-{stack}-")] for stack in ("one", "shop")}
    units = {
        stack: st.fixed_dictionaries({}, optional={name: st.sampled_from([right[name], old]) for name in of})
        for stack, of in names.items()
    }
    kept = {stack: st.builds(Kept, good, good) for stack, good in units.items()}
    return st.fixed_dictionaries({}, optional={**kept, "old": st.just(Kept({"carbon-fleet-old-one.container": old}))})


_Drawn = tuple[FileSeen, ServiceSeen, ContainerSeen | None, str]
STATES = (
    ("active", "running"),
    ("inactive", "dead"),
    ("failed", "failed"),
    ("active", "running"),
    ("activating", "auto-restart"),
    ("activating", "start"),
)


def _unit(path: str, right: str) -> st.SearchStrategy[_Drawn]:
    """A unit of any text in any state. A container's `image_id` is the text it was started by."""
    service = service_of(path)
    name = named(right) or service
    other = f"[Container]\nContainerName={name}\nImage=docker.io/library/old:1\n"
    content = st.sampled_from([right or other, other]).map(str.encode)
    file = st.builds(FileSeen, st.just(path), st.just("regular"), st.sampled_from(["0644", "0600"]), content=content)
    known = st.builds(
        lambda state, stale: ServiceSeen("loaded", active=state[0], sub=state[1], stale=stale, source=path),
        st.sampled_from(STATES),
        st.booleans(),
    )
    container = st.builds(
        ContainerSeen,
        st.just("id"),
        st.just(""),
        st.sampled_from(["running", "running", "exited", "paused"]),
        st.sampled_from(["", "healthy", "unhealthy", "starting"]),
        st.just("some"),
        st.just(service),
    )
    absent = st.just(FileSeen(path))
    return st.tuples(file | absent, known | st.just(ServiceSeen()), container | st.none(), st.just(name))


def _machine(drawn: tuple[_Drawn, ...]) -> StackSeen:
    files = {file.path: file for file, _, _, _ in drawn if file.kind != "absent"}
    services = {service_of(file.path): service for file, service, _, _ in drawn}
    containers = {
        name: replace(container, image_id=file.content.decode())
        for file, service, container, name in drawn
        if container and not service.down and service.sub != "auto-restart"
    }
    return StackSeen(files, services, containers)


def service_of(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".container") + ".service"


def named(text: str) -> str:
    return value(text, "ContainerName")


def value(text: str, key: str) -> str:
    found = re.search(rf"^{key}=(.*)$", text, re.M)
    return found[1] if found else ""


def apply(seen: StackSeen, change: Change) -> StackSeen:
    """What the machine is after the commands of a Change have run."""
    for command in change.commands:
        seen = run(seen, command)
    return seen


def run(seen: StackSeen, command: Command) -> StackSeen:
    """What the machine is after one command."""
    match command.argv:
        case ("/bin/sh", "-c", text, _, path, mode, "", _) if text == assets.text("write-file.sh"):
            content = base64.b64decode(command.stdin or "")
            return _stale(
                replace(seen, files={**seen.files, path: FileSeen(path, "regular", mode, content=content)}), path
            )
        case ("rm", "-f", path):
            return _stale(replace(seen, files={p: file for p, file in seen.files.items() if p != path}), path)
        case ("systemctl", "daemon-reload"):
            return _reload(seen)
        case ("systemctl", "stop", service):
            return _stop(seen, service)
        case ("systemctl", "start", "--no-block", service):
            return _start(seen, service)
        case ("/bin/sh", "-c", text, _, service, container, *_) if text == script("wait"):
            return _wait(seen, service, container)
    return _data(seen, command)


def _data(seen: StackSeen, command: Command) -> StackSeen:
    """What is kept, and the volumes."""
    match command.argv:
        case ("/bin/sh", "-c", text, _, place, _, *names) if text == assets.text("stack/keep.sh"):
            return _keep(seen, place.removeprefix(f"{KEPT}/"), names)
        case ("rm", "-rf", place):
            stack = place.removeprefix(f"{KEPT}/")
            return replace(seen, kept={name: kept for name, kept in seen.kept.items() if name != stack})
        case ("podman", "volume", "create", "--ignore", "--label", label, name):
            return replace(seen, volumes={**seen.volumes, name: label.partition("=")[2]})
        case ("podman", "volume", "rm", name):
            used = [box for box in seen.containers.values() if f"Volume={name}:" in box.image_id]
            assert not used, "podman refuses to remove a volume in use"
            return replace(seen, volumes={each: of for each, of in seen.volumes.items() if each != name})
        case ("/bin/sh", "-c", text, _) if text == assets.text("image/trim.sh"):
            return seen
    raise AssertionError(f"no model of {command}")


def _keep(seen: StackSeen, stack: str, names: list[str]) -> StackSeen:
    texts = {name: seen.files[f"{FOLDER}/{name}"].content.decode() for name in names}
    kept = seen.kept.get(stack, Kept())
    changed = kept if kept.good == texts else Kept(texts, kept.good or kept.previous)
    return replace(seen, kept={**seen.kept, stack: changed})


def _service(seen: StackSeen, name: str, **attributes: Any) -> StackSeen:
    return replace(seen, services={**seen.services, name: replace(seen.service(name), **attributes)})


def _stale(seen: StackSeen, path: str) -> StackSeen:
    known = seen.service(service_of(path)).load == "loaded"
    return _service(seen, service_of(path), stale=known)


def _reload(seen: StackSeen) -> StackSeen:
    names = {*seen.services, *(service_of(path) for path in seen.files)}
    for name in names:
        path = f"{FOLDER}/{name.removesuffix('.service')}.container"
        there = path in seen.files
        seen = _service(seen, name, load="loaded" if there else "not-found", stale=False, source=path if there else "")
    return seen


def _stop(seen: StackSeen, name: str) -> StackSeen:
    rest = {each: container for each, container in seen.containers.items() if container.unit != name}
    return replace(_service(seen, name, active="inactive", sub="dead"), containers=rest)


def _start(seen: StackSeen, name: str) -> StackSeen:
    service = seen.service(name)
    assert service.load == "loaded", f"{name} is not known to systemd"
    assert not service.stale, f"{name} would run by an old text"
    if service.active == "active":
        return seen
    return _runs(_service(seen, name, active="activating", sub="start"), name)


def _runs(seen: StackSeen, name: str) -> StackSeen:
    text = _text(seen, name)
    health = "starting" if value(text, "HealthCmd") else ""
    container = ContainerSeen("id", text, "running", health, "some", name)
    return replace(seen, containers={**seen.containers, named(text): container})


def _text(seen: StackSeen, name: str) -> str:
    return seen.files[f"{FOLDER}/{name.removesuffix('.service')}.container"].content.decode()


def _wait(seen: StackSeen, name: str, container: str) -> StackSeen:
    assert named(_text(seen, name)) == container
    service = seen.service(name)
    assert service.active == "active" or (service.active, service.sub) == ("activating", "start"), (
        "it would wait in vain"
    )
    if service.active == "activating" and container not in seen.containers:
        seen = _runs(seen, name)
    before = seen.containers[container]
    if service.active == "active":
        assert (before.state, before.health) == ("running", "starting"), "it would wait in vain"
    health = "healthy" if value(_text(seen, name), "HealthCmd") else ""
    ready = replace(before, state="running", health=health)
    seen = _service(seen, name, active="active", sub="running")
    return replace(seen, containers={**seen.containers, container: ready})
