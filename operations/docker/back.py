"""What a stack of Docker Desktop can go back to: the file by which it worked before, kept beside the one in place.

A file is kept once all of its stack was seen to work, with what secrets its containers are given; their values are not:
going back gives the containers the secrets of now. Images and models that kept files name stay.
"""

import re
from collections.abc import Iterator, Mapping

from carbon_fleet.plan import Action, Attribute, Change
from operations.docker.commands import script
from operations.docker.containers import PULL_SECONDS
from operations.docker.seen import DockerSeen, Kept
from operations.services import Service

CODES = {86: "ROLLED_BACK", 87: "ROLLBACK_FAILED"}
"""What the script's own exit statuses mean."""
_IMAGE = re.compile(r"localhost/carbon-fleet/[a-z0-9-]+:[0-9a-f]+")
_MODEL = re.compile(r"/models/([0-9a-f]{64})")


def keeps(texts: Mapping[str, str], wished: tuple[Service, ...], seen: DockerSeen) -> Iterator[Change]:
    """What works is kept, last of all."""
    for stack, text in texts.items():
        before = seen.kept.get(stack, Kept()).good
        if before == text:
            continue
        given = "".join(
            f"{service.container_name} {secret.target}={secret.name}\n"
            for service in wished
            if service.stack == stack
            for secret in service.workload.secrets
        )
        command = script("keep", stack, given, says=f"keep the file of {stack}, which works")
        attribute = Attribute("kept", "another" if before else None, "the file in place")
        reason = "its containers work by it: it is what `rollback` goes back to after the next one"
        yield Change(f"docker.stack.{stack}", Action.RUN, (attribute,), reason, (command,))


def change(stack: str, services: tuple[Service, ...], seen: DockerSeen) -> Change | None:
    """From the file in place to the one before; None where none is kept that says anything else."""
    kept, file = seen.kept.get(stack, Kept()), seen.files.get(stack)
    now = file.content.decode(errors="replace") if file else ""
    before = kept.good if kept.good and now != kept.good else kept.previous
    if not before or before == now:
        return None
    seconds = max([60, *(service.container.ready_timeout.seconds for service in services if service.stack == stack)])
    command = script(
        "back",
        stack,
        str(seconds),
        says=f"go back to the file {stack} had before",
        deadline=2 * (seconds + PULL_SECONDS),
        codes=CODES,
    )
    attribute = Attribute("compose.yaml", now, before)
    reason = f"{stack} goes back to the file it had before"
    return Change(f"docker.stack.{stack}", Action.UPDATE, (attribute,), reason, (command,))


def images(seen: DockerSeen) -> frozenset[str]:
    """The images of ours that kept files name."""
    return frozenset(_IMAGE.findall("".join(f"{one.good}{one.previous}" for one in seen.kept.values())))


def models(seen: DockerSeen) -> frozenset[str]:
    """The sha256s of models that kept files name."""
    return frozenset(_MODEL.findall("".join(f"{one.good}{one.previous}" for one in seen.kept.values())))
