"""Updates, failing updates and the way back in a real VM: real podman, the real Quadlet generator, real systemd."""

import hashlib
import json
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from carbon_fleet import assets
from carbon_fleet.engine.rules import Rules
from carbon_fleet.engine.steps import converge_resource
from carbon_fleet.plan import Change, Command, Finding, World
from carbon_fleet.sim.ports import free_port
from carbon_fleet.sim.real_vm import RealVM
from carbon_fleet.sim.registry import LabServices, Services
from carbon_fleet.sim.vm import VMSpec
from carbon_fleet.spec import Mac
from operations import image, stack
from operations.image.room import script as image_script
from operations.image.wish import Images
from operations.model.wish import Models
from operations.stack.update import back
from operations.stack.volumes import CONSENT
from operations.stack.wish import Stacks
from tests.sim.test_stacks_real import Machine
from tests.unit.operations.made_images import forget, make_project

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(600)]
SERVE = '#!/bin/sh\ntrap "exit 0" TERM\necho "I am $(cat /word)"\nwhile :; do sleep 0.1; done\n'
FILES = {
    "images/app/Containerfile": (
        'ARG BASE\nFROM ${BASE}\nARG WORD=one\nRUN echo ${WORD} >/word\nCOPY serve /serve\nENTRYPOINT ["/serve"]\n'
    ),
    "images/app/serve": SERVE,
    "images/app/image.yml": 'description: It says a word.\nargs: {BASE: none, WORD: "one"}\n',
}
HEALTH = {"command": "! grep -q ill /word", "interval": "1s", "retries": 1, "start_period": "0s"}
WEB = {"image": "app", "health": HEALTH, "ready_timeout": "20s", "volumes": ["kept:/data"]}
EXPORT, IMPORT = assets.text("volume/export.sh"), assets.text("volume/import.sh")


class Updated(Machine):
    """A booted VM whose stack `shop` has one container; `word` is what its image says, and makes it another image."""

    base: str = ""

    def wish(self, word: str, keep: int = 9, **containers: Any) -> None:
        app = {"args": {"BASE": self.base, "WORD": word}, "keep": keep}
        sections: dict[str, BaseModel] = {
            "images": Images.model_validate_json(json.dumps({"app": app})),
            "models": Models({}),
            "stacks": Stacks.model_validate_json(
                json.dumps([{"name": "shop", "containers": {"web": WEB, **containers}}])
            ),
        }
        self.mac = Mac("m", accept_software_gpu=True, sections=sections)
        self.forget()

    def converge(self, stop_after: int = 10_000, consents: frozenset[str] = frozenset()) -> list[Change]:
        """The Changes that are made; a power cut before the command `stop_after`."""
        made, ran = [], 0
        for resource in (image.RESOURCE, stack.RESOURCE):
            for change in converge_resource(resource, self.mac, self, Rules(consents=consents)):
                made.append(change)
                for command in change.commands:
                    if ran == stop_after:
                        return made
                    self.command(command)
                    ran += 1
        return made

    def is_now(self, word: str, keep: int = 9, **containers: Any) -> list[Change]:
        """Converged on `word`."""
        self.wish(word, keep, **containers)
        made = self.converge()
        assert self.says() == word
        return made

    def nothing_left(self) -> None:
        self.forget()
        assert self.converge() == []

    def says(self) -> str:
        return self.run("podman exec shop-web cat /word")

    def try_command(self, command: Command) -> "subprocess.CompletedProcess[str]":
        words = shlex.join(["timeout", "-k", "5", str(command.deadline), *command.argv])
        return self.ssh(words, command.stdin or "")

    def notices(self) -> list[Finding]:
        return [
            each for each in stack.RESOURCE.findings(World(self.mac, self.snapshot())) if not isinstance(each, Change)
        ]


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Updated]:
    place = tmp_path_factory.mktemp("update")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(place / "key")], check=True)
    services = Services(place / "services")
    spec = VMSpec("update", place / "vm", free_port(), (place / "key.pub").read_text(), 2, 2048, True, "applehv")
    running: LabServices = services.start()
    vm = RealVM(spec, running)
    patch = pytest.MonkeyPatch()
    try:
        vm.boot()
        make_project(patch, place / "project", FILES)
        made = Updated(Mac("m"), spec, place / "key")
        made.base = running.base_reference
        yield made
    finally:
        vm.stop(hard=True)
        services.stop()
        patch.undo()
        forget()


def unit(machine: Machine) -> str:
    return machine.run("cat /etc/containers/systemd/carbon-fleet-shop-web.container")


def test_first_of_all_the_image_last_of_all_what_works_is_kept(machine: Updated) -> None:
    made = machine.is_now("one")
    assert [change.address for change in made] == [
        "image.app", "stack.volume.kept", "stack.shop.web", "stack.systemd", "stack.shop.web", "stack.shop",
    ]  # fmt: skip
    machine.run("podman exec shop-web sh -c 'echo data >/data/file'")
    machine.nothing_left()
    made = machine.is_now("two")
    assert [change.address for change in made] == [
        "image.app", "stack.shop.web", "stack.systemd", "stack.shop.web", "stack.shop",
    ]  # fmt: skip
    assert machine.run("podman exec shop-web cat /data/file") == "data"
    machine.nothing_left()


def test_what_fails_is_rolled_back_and_the_next_is_tried_again(machine: Updated) -> None:
    machine.is_now("two")
    before, box = unit(machine), machine.run("podman inspect shop-web --format '{{.Image}}'")
    machine.wish("ill")
    *_, failing = [change for change in _until_the_wait(machine) if change.address == "stack.shop.web"]
    done = machine.try_command(failing.commands[-1])
    assert done.returncode == 86, done.stderr
    assert failing.commands[-1].codes[86] == "ROLLED_BACK"
    assert "I am ill" in done.stderr
    assert "the units that shop had before are back, and work" in done.stderr.splitlines()[-1]
    assert (unit(machine), machine.says()) == (before, "two")
    assert machine.run("podman inspect shop-web --format '{{.Image}}'") == box
    # The very same is tried again: the machine is as it was before.
    machine.forget()
    again = _until_the_wait(machine)
    assert [change.address for change in again] == ["stack.shop.web", "stack.systemd", "stack.shop.web"]
    assert machine.try_command(again[-1].commands[-1]).returncode == 86
    machine.is_now("two")


def _until_the_wait(machine: Updated) -> list[Change]:
    """The Changes up to the one that waits for the container, run but for the wait itself."""
    made = []
    for resource in (image.RESOURCE, stack.RESOURCE):
        for change in converge_resource(resource, machine.mac, machine):
            made.append(change)
            waits = change.address == "stack.shop.web" and change.action == "run"
            for command in change.commands[: -1 if waits else None]:
                machine.command(command)
            if waits:
                return made
    return made


def test_cut_off_at_each_command_the_next_run_ends_the_same(machine: Updated) -> None:
    for word in ("one", "two"):
        machine.is_now(word)
    commands = [command for change in machine.is_now("one") for command in change.commands]
    assert len(commands) == 6, "stop, write, reload, start, wait, keep: the image is there"
    for number in range(1, len(commands)):
        word, before = ("two", "one") if machine.says() == "one" else ("one", "two")
        machine.wish(word)
        machine.converge(number)
        machine.is_now(word)
        kept = machine.run("grep -h ^Image= /var/lib/carbon-fleet/stacks/shop/*/*").split()
        assert len(kept) == len(set(kept)) == 2, f"cut off before command {number}, {before} is the one before"
    machine.nothing_left()


def test_back_by_hand_and_forth(machine: Updated) -> None:
    machine.is_now("one")
    machine.is_now("two")
    machine.command(back("shop", 20))
    assert machine.says() == "one"
    machine.forget()
    changed = [change.address for change in _differences(machine)]
    assert changed == ["stack.shop.web", "stack.systemd", "stack.shop.web", "stack.shop"]
    machine.command(back("shop", 20))
    machine.forget()
    assert (machine.says(), machine.converge()) == ("two", [])


def _differences(machine: Updated) -> list[Change]:
    findings = stack.RESOURCE.findings(World(machine.mac, machine.snapshot()))
    return [each for each in findings if isinstance(each, Change)]


def test_images_stay_as_long_as_kept_units_name_them(machine: Updated) -> None:
    machine.is_now("one")
    machine.is_now("two", keep=0)
    listed = machine.run("podman images --format '{{.Repository}}' | grep -c carbon-fleet/app")
    assert listed == "2", "the one that runs, and the one to go back to"


def test_an_image_by_its_full_reference_is_there_before_anything_stops(machine: Updated) -> None:
    other = {"image": machine.base, "command": ["sleep", "1000"]}
    machine.is_now("two")
    machine.run(f"podman untag {machine.base} 2>/dev/null; podman rmi -f {machine.base} 2>/dev/null; true")
    made = machine.is_now("two", other=other)
    assert made[0].address == f"image.{machine.base}"
    seen = machine.run("podman inspect shop-other --format '{{.ImageDigest}}'")
    assert seen == machine.base.partition("@")[2]
    machine.nothing_left()


def volume(machine: Updated, script: str, *words: str) -> list[str]:
    options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"]
    flags = [word for option in options for word in ("-o", option)]
    line = shlex.join(["/bin/sh", "-c", script, "sh", *words])
    return ["ssh", *flags, "-i", str(machine.key), "-p", str(machine.spec.ssh_port), "root@127.0.0.1", line]


def test_a_volume_comes_back_byte_by_byte(machine: Updated, tmp_path: Path) -> None:
    machine.is_now("two")
    make = "head -c 3000000 /dev/urandom >/data/blob; mkdir -p /data/in; ln -sf blob /data/link; chown 7:8 /data/blob"
    machine.run(f"podman exec shop-web sh -c {shlex.quote(make)}")
    find = "find . -printf '%P %y %m %U %G %l\\n' | sort && sha256sum blob"
    look = f"cd $(podman volume inspect --format '{{{{.Mountpoint}}}}' NAME) && {find}"
    before = machine.run(look.replace("NAME", "kept"))
    sent = subprocess.run(volume(machine, EXPORT, "kept"), capture_output=True, timeout=120, check=True)
    digest = hashlib.sha256(sent.stdout).hexdigest()
    assert sent.stderr.decode().split()[-2:] == ["sha256", digest]

    def give(name: str, data: bytes, replace: str, sha256: str = digest) -> "subprocess.CompletedProcess[bytes]":
        words = volume(machine, IMPORT, name, str(len(data)), sha256, replace, "shop")
        return subprocess.run(words, input=data, capture_output=True, timeout=120, check=False)

    assert give("kept", sent.stdout, "yes").returncode == 71, "it is in use"
    assert give("copy", sent.stdout, "no").returncode == 0
    assert machine.run(look.replace("NAME", "copy")) == before
    assert give("copy", sent.stdout, "no").returncode == 72, "it is not empty"
    assert give("copy", sent.stdout[:500_000], "yes").returncode == 74, "only a part arrived"
    assert machine.run(look.replace("NAME", "copy")) == before, "it is as it was"
    assert give("copy", sent.stdout, "yes").returncode == 0
    assert machine.run("podman volume ls -q | sort").split() == ["copy", "kept"]
    assert machine.run("ls -A /var/tmp | grep carbon-fleet-port; true") == ""


def test_volumes_go_only_with_consent(machine: Updated) -> None:
    machine.is_now("two")
    machine.wish("two")
    machine.mac = Mac("m", sections={**machine.mac.sections, "stacks": Stacks.model_validate_json("[]")})
    machine.converge()
    assert machine.run("podman volume ls -q | grep -x kept") == "kept"
    machine.forget()
    assert ("stack.volume.kept", "VOLUME_UNUSED") in [(n.address, getattr(n, "code", "")) for n in machine.notices()]
    (change,) = [
        each for each in machine.converge(consents=frozenset({CONSENT})) if each.address == "stack.volume.kept"
    ]
    assert change.at_stake == ("volume kept of the stack shop, and all data in it",)
    assert "kept" not in machine.run("podman volume ls -q").split()
    machine.forget()
    assert machine.converge(consents=frozenset({CONSENT})) == []


SMALL = "#!/bin/sh\necho; echo disk 100 99 100 99% /var\n"


def test_what_has_no_room_is_refused_before_anything_is_fetched(machine: Updated) -> None:
    machine.run(f"mkdir -p /tmp/small; printf %s {shlex.quote(SMALL)} >/tmp/small/df; chmod +x /tmp/small/df")
    # Otherwise its layers are there already, and need no room.
    machine.run("systemctl stop 'carbon-fleet-*'; podman rmi -af >/dev/null 2>&1; true")
    path = "PATH=/tmp/small:/usr/bin:/bin:/usr/sbin:/sbin"
    words = ["env", path, "/bin/sh", "-c", image_script("fetch"), "sh", machine.base]
    done = machine.ssh(shlex.join(words))
    assert done.returncode == 88, done.stderr
    assert f"no room for {machine.base}: it needs about 164 MiB" in done.stderr
    assert machine.ssh(f"podman image exists {machine.base}").returncode == 1
