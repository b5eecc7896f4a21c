"""files/probe/adopt.sh for real, under every kind of sh: which machine a look is about, and what else is there."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from carbon_fleet.adopt.left import hostname
from carbon_fleet.adopt.look import AdoptSeen, question, seen_in
from carbon_fleet.snapshot import Snapshot, probe_script, read_snapshot
from carbon_fleet.snapshot.script import Question
from tests.unit.operations.run_section import SHELLS, program

pytestmark = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))


class Mac:
    """A home with machines in it; `ps` and `scutil` say what the test says."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.bin = folder, folder / "bin"
        self.bin.mkdir()
        program(self.bin, "ps", 'printf "%s\\n" "  812 /usr/sbin/sshd" "$(cat "$HOME/ps" 2>/dev/null)"')
        program(self.bin, "scutil", "echo 'Büro Mac mini (2)'")

    def machine(self, name: str, provider: str = "libkrun") -> None:
        folder = self.folder / f".config/containers/podman/machine/{provider}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(json.dumps({"Name": name, "Version": 1}))

    def runs(self, name: str, provider: str = "libkrun", home: Path | None = None) -> None:
        disk = f"{home or self.folder}/.local/share/containers/podman/machine/{provider}/{name}-arm64.raw"
        (self.folder / "ps").write_text(f" 4711 /opt/homebrew/bin/krunkit --device virtio-blk,path={disk} --more x\n")

    def default(self, connection: str) -> None:
        document = {"Connection": {"Default": connection, "Connections": {}}}
        (self.folder / ".config/containers/podman-connections.json").write_text(json.dumps(document))

    def probe(self, shell: tuple[str, ...], wanted: str | None = None) -> Snapshot:
        machine = Question("machine", variables={"CF_MACHINE_NAME": "carbon", "CF_PREFIX": str(self.folder)})
        lima = Question("lima", variables={"CF_LIMA_KIND": "podman-libkrun", "CF_PREFIX": str(self.folder)})
        script = probe_script([machine, lima, question(wanted)])
        env = {"HOME": str(self.folder), "PATH": f"{self.bin}:{os.defpath}", "TMPDIR": str(self.folder)}
        ran = subprocess.run(shell, input=script, text=True, capture_output=True, timeout=60, env=env, check=False)
        assert (ran.returncode, ran.stderr) == (0, "")
        return read_snapshot("mac-01", ran.stdout.splitlines())


@pytest.fixture
def mac(tmp_path: Path) -> Mac:
    return Mac(tmp_path)


def chosen(snapshot: Snapshot) -> str:
    return snapshot.section("machine").need("name")


def test_of_several_the_one_that_runs_then_the_default_then_the_first_is_looked_at(
    mac: Mac, shell: tuple[str, ...]
) -> None:
    assert chosen(mac.probe(shell)) == "carbon"
    for name, provider in (("a", "applehv"), ("b.1", "libkrun"), ("c_2", "libkrun"), ("d", "libkrun")):
        mac.machine(name, provider)
    assert chosen(mac.probe(shell)) == "b.1"
    mac.default("c_2-root")
    assert chosen(mac.probe(shell)) == "c_2"
    mac.runs("d", home=Path("/Users/another"))
    assert chosen(mac.probe(shell)) == "c_2"
    mac.runs("a", "applehv")
    assert chosen(mac.probe(shell)) == "a"
    assert chosen(mac.probe(shell, "d")) == "d"


def test_what_else_is_there_is_told(mac: Mac, shell: tuple[str, ...]) -> None:
    mac.machine("work")
    mac.machine("old", "applehv")
    mac.machine("work", "applehv")
    drop_ins = mac.folder / ".config/containers/containers.conf.d"
    drop_ins.mkdir()
    (drop_ins / "10-mine.conf").write_text("")
    (mac.folder / "Applications/Podman Desktop.app").mkdir(parents=True)
    snapshot = mac.probe(shell)
    assert seen_in(snapshot) == AdoptSeen(
        name="Büro Mac mini (2)",
        machines={"old": "applehv", "work": "libkrun"},
        desktop=(f"{mac.folder}/Applications/Podman Desktop.app",),
        confs=(f"{drop_ins}/10-mine.conf",),
    )
    assert hostname(snapshot.section("adopt")) == "b-ro-mac-mini-2"
