"""Images and stacks brought up in a real VM: real podman builds, the real Quadlet generator, real systemd."""

import json
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from carbon_fleet.engine.steps import converge_resource
from carbon_fleet.plan import Change, Command
from carbon_fleet.sim.ports import free_port
from carbon_fleet.sim.real_vm import RealVM
from carbon_fleet.sim.registry import Services
from carbon_fleet.sim.vm import VMSpec
from carbon_fleet.snapshot import Guest, Snapshot, probe_script, read_snapshot
from carbon_fleet.snapshot.script import Question
from carbon_fleet.spec import Mac
from operations import image, stack
from operations.image.wish import Images
from operations.model.wish import Models
from operations.stack.wish import Stacks
from tests.unit.operations.made_images import forget, make_project

pytestmark = [
    pytest.mark.real_vm,
    pytest.mark.timeout(900),
]

FILES = {
    "images/base/Containerfile": (
        "ARG BASE=docker.io/library/debian:bookworm\nFROM ${BASE}\nARG WORD=one\n"
        "RUN echo ${WORD} >/word\nCOPY serve /serve\n"
    ),
    "images/base/serve": '#!/bin/sh\ntouch /tmp/up\ntrap "exit 0" TERM\nwhile :; do sleep 0.2; done\n',
    "images/base/image.yml": 'description: A base.\nargs: {WORD: "one"}\n',
    "images/venus/Containerfile": (
        "FROM docker.io/library/debian:bookworm\nRUN mkdir /opt/venus && echo {} >/opt/venus/virtio_icd.json\n"
    ),
    "images/venus/image.yml": "description: Stands for the layer with the driver.\n",
    "images/top/Containerfile": 'ARG BASE\nFROM ${BASE}\nENTRYPOINT ["/serve"]\n',
    "images/top/image.yml": "description: On the base.\nfrom: [base]\n",
}
ODD = "100% $HOME \"q\" 'z' back\\slash"
TALK = 'touch "/tmp/a b"; echo 100%0 ${PATH}; exec /serve'
CONTAINERS: dict[str, Any] = {
    "web": {
        "image": "top",
        "gpu": "venus",
        "after": ["store"],
        "environment": {"ODD": ODD, "EMPTY": ""},
        "health": {"command": ["test", "-e", "/tmp/up"], "interval": "5s", "start_period": "20s"},
        "ready_timeout": "60s",
    },
    "trial": {
        "image": "base",
        "command": ["/bin/sh", "-c", TALK],
        "read_only": True,
        "tmpfs": ["/tmp"],
        "network": "none",
        "health": {"command": "test -e '/tmp/a b' && test \"$(cat /word)\" != none", "start_period": "20s"},
    },
    "store": {"image": "base", "command": ["/serve"], "ports": ["127.0.0.1:18999:80"], "volumes": ["kept:/data"]},
}
# systemd starts a container again while its image is being taken away, and podman then keeps that image.
ALL_IMAGES_AWAY = (
    "for i in 1 2 3 4 5 6 7 8 9; do ids=$(podman images -q --filter label=io.carbon-fleet.inputs | sort -u); "
    'if [ -z "$ids" ]; then exit 0; fi; podman rmi -f $ids >/dev/null 2>&1; done; exit 1'
)
FIRST = json.dumps([{"name": "trial", "containers": CONTAINERS}])


@dataclass
class Machine:
    """A booted VM as an engine sees it: a look, kept until something was changed."""

    mac: Mac
    spec: VMSpec
    key: Path
    seen: Snapshot | None = None

    def snapshot(self) -> Snapshot:
        if self.seen is None:
            questions = [replace(each.question(self.mac), guest=False) for each in (image.RESOURCE, stack.RESOURCE)]
            answer = self.ssh("/bin/sh -s", probe_script([Question(q.name, variables=q.variables) for q in questions]))
            assert answer.returncode == 0, answer.stderr
            self.seen = replace(read_snapshot("m", answer.stdout.splitlines()), guest=Guest.REACHED)
        return self.seen

    def forget(self) -> None:
        self.seen = None

    def ssh(self, line: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        options = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes"]
        words = [word for option in options for word in ("-o", option)]
        argv = ["ssh", *words, "-i", str(self.key), "-p", str(self.spec.ssh_port), "root@127.0.0.1", line]
        return subprocess.run(argv, input=stdin, capture_output=True, text=True, timeout=600, check=False)

    def run(self, line: str) -> str:
        done = self.ssh(line)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        return done.stdout.strip()

    def command(self, command: Command) -> None:
        done = self.ssh(shlex.join(["timeout", "-k", "5", str(command.deadline), *command.argv]), command.stdin or "")
        assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"

    def apply(self, stacks: str) -> list[Change]:
        """Converge images and stacks, and return the Changes that were made."""
        sections: dict[str, BaseModel] = {
            "images": Images({}),
            "models": Models({}),
            "stacks": Stacks.model_validate_json(stacks),
        }
        self.mac = Mac("m", accept_software_gpu=True, sections=sections)
        self.forget()
        made = []
        for resource in (image.RESOURCE, stack.RESOURCE):
            for change in converge_resource(resource, self.mac, self):
                for command in change.commands:
                    self.command(command)
                made.append(change)
        return made


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    key = tmp_path / "machine"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    (tmp_path / "services").mkdir()
    (tmp_path / "vms").mkdir()
    public = key.with_suffix(".pub").read_text()
    services = Services(tmp_path / "services")
    spec = VMSpec("stacks", tmp_path / "vms/stacks", free_port(), public, 2, 2048, rootful=True, provider="libkrun")
    vm = RealVM(spec, services.start())
    try:
        vm.boot()
        make_project(monkeypatch, tmp_path / "project", FILES)
        yield Machine(Mac("m"), spec, key)
    finally:
        vm.stop()
        services.stop()
        monkeypatch.undo()
        forget()


def test_a_stack_comes_up_stays_and_heals(machine: Machine) -> None:
    made = machine.apply(FIRST)
    images = [c.address for c in made if c.address.startswith("image")]
    assert images == ["image.base", "image.top", "image.venus"]
    assert machine.apply(FIRST) == []
    assert machine.run("podman exec trial-web printenv ODD EMPTY CARBON_ACCEPT") == (f"{ODD}\n\nsoftware")
    assert machine.run("podman logs trial").startswith("100%0 /usr/local/sbin:")
    _heals(machine)
    _gets_its_driver_back(machine)
    _moves_on(machine)
    _leaves(machine)


def _addresses(made: list[Change]) -> list[tuple[str, str, str]]:
    return [(c.address, c.action.value, c.attributes[0].name) for c in made]


def _heals(machine: Machine) -> None:
    machine.run("podman kill -s KILL trial-web >/dev/null; systemctl stop carbon-fleet-trial-web")
    assert _addresses(machine.apply(FIRST)) == [("stack.trial.web", "run", "state")]
    before = machine.run("podman ps --no-trunc -q --filter name=trial-store")
    machine.run("echo '# mine' >>/etc/containers/systemd/carbon-fleet-trial-web.container")
    assert _addresses(machine.apply(FIRST)) == [
        ("stack.trial.web", "update", "content"),
        ("stack.systemd", "run", "units"),
        ("stack.trial.web", "run", "state"),
    ]
    machine.run("podman exec trial-web rm /tmp/up; for i in 1 2 3; do podman healthcheck run trial-web; done; true")
    assert machine.run("podman ps --no-trunc -q --filter name=trial-store") == before
    machine.run("touch /etc/containers/systemd/carbon-fleet-trial-web.container")
    assert ("stack.systemd", "run", "units") in _addresses(machine.apply(FIRST))
    machine.run("chmod 600 /etc/containers/systemd/carbon-fleet-trial-web.container")
    assert ("stack.trial.web", "update", "mode") in _addresses(machine.apply(FIRST))
    machine.run(ALL_IMAGES_AWAY)
    assert {"image.base", "image.top"} <= {c.address for c in machine.apply(FIRST)}
    assert machine.apply(FIRST) == []


def _gets_its_driver_back(machine: Machine) -> None:
    """Podman removes an image that a container mounts without a word, and the container loses the files at once."""
    shown = "podman exec trial-web ls /opt/venus"
    assert machine.run(shown) == "virtio_icd.json"
    machine.run(
        "podman image rm $(podman images --format '{{.Repository}}:{{.Tag}}' | grep /venus:); podman image prune -f"
    )
    assert machine.run(shown) == ""
    assert _addresses(machine.apply(FIRST)) == [
        ("image.venus", "create", "inputs"),
        ("stack.trial.web", "run", "driver"),
    ]
    assert machine.run(shown) == "virtio_icd.json"
    assert machine.apply(FIRST) == []


def _moves_on(machine: Machine) -> None:
    note = machine.key.with_name("project") / "files/images/top/note"
    note.write_text("new\n")
    forget()
    made = _addresses(machine.apply(FIRST))
    assert next(address for address, _, _ in made if address.startswith("image.")) == "image.top"
    assert {address for address, action, _ in made if action == "run"} == {
        "stack.systemd",
        "stack.trial.web",
        "stack.trial",
    }
    assert not any(action == "delete" for _, action, _ in made), "the image before is the way back"
    assert machine.apply(FIRST) == []


def _leaves(machine: Machine) -> None:
    layer = machine.run("podman images --format '{{.Repository}}:{{.Tag}}' | grep /venus:")
    mount = f"type=image,source={layer},destination=/opt/v"
    machine.run(f"podman run -d --name mine --mount {mount} docker.io/library/debian:bookworm sleep 1000")
    made = _addresses(machine.apply("[]"))
    assert [row[:2] for row in made[:3]] == [
        ("stack.trial.store", "delete"),
        ("stack.trial.trial", "delete"),
        ("stack.trial.web", "delete"),
    ]
    named = "podman images --format '{{.Repository}}:{{.Tag}}' | grep carbon-fleet; true"
    assert machine.run(named) == layer, "what somebody's container mounts stays"
    assert machine.run("podman exec mine cat /opt/v/opt/venus/virtio_icd.json") == "{}"
    machine.run("podman rm -f -t 0 mine")
    assert [row[:2] for row in _addresses(machine.apply("[]"))] == [
        (layer.replace("localhost/carbon-fleet/", "image."), "delete")
    ]
    assert machine.run("ls /etc/containers/systemd | grep carbon-fleet; podman ps -aq") == ""
    assert machine.run(named) == ""
    assert machine.run("systemctl list-units --all --plain --no-legend 'carbon-fleet-*'") == ""
    assert machine.run("podman volume ls -q") == "kept"
    assert machine.apply("[]") == []
