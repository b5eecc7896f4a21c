"""The scripts on both sides, for real, under every sh: what is kept of what came, and what never is."""

import base64
import hashlib
import subprocess
from pathlib import Path

import pytest

from operations.image.room import script as room_script
from tests.unit.operations.run_section import SHELLS

DATA = bytes(range(256)) * 40
BLOB = hashlib.sha256(DATA).hexdigest()
ID, INPUTS = "1" * 64, "f" * 64
PODMAN = """#!/bin/sh
echo "$*" >>"$HOME/calls"
case $1-$2 in
image-exists) exit "${EXISTS:-1}" ;;
images-*) echo one ;;
image-inspect) case $4 in
    *RootFS*) printf '%s\\n' "$LAYERS" ;;
    *Labels*) printf '%s\\n' "$INPUTS" ;;
    *Size*) echo 1000 ;;
    *Architecture*) echo arm64 ;;
    *) printf '%s\\n' "$GOT" ;;
    esac ;;
save-*)
    shift $(($# - 2))
    mkdir "$1"
    printf '{}' >"$1/manifest.json"
    echo 1.1 >"$1/version"
    cp "$HOME/data" "$1/$BLOB" ;;
pull-*) printf '%s\\n' "$GOT" ;;
esac
"""


class Machine:
    """A folder in the place of /var/lib/carbon-fleet/spread, a podman of ours on PATH, one kind of sh."""

    def __init__(self, shell: tuple[str, ...], home: Path) -> None:
        self.shell, self.home = shell, home
        (home / "podman").write_text(PODMAN)
        (home / "podman").chmod(0o755)
        (home / "data").write_bytes(DATA)
        (home / "in").mkdir()

    def run(self, name: str, *words: str, stdin: bytes = b"", **said: str) -> "subprocess.CompletedProcess[bytes]":
        script = room_script(f"spread/{name}").replace("/var/lib/carbon-fleet/spread", str(self.home))
        answers = {"INPUTS": INPUTS, "GOT": ID, "LAYERS": "", "BLOB": BLOB, **said}
        environment = {"PATH": f"{self.home}:/usr/bin:/bin", "HOME": str(self.home), **answers}
        line = [*self.shell[:-1], "-c", script, "sh", *words]
        return subprocess.run(line, env=environment, input=stdin, capture_output=True, timeout=60)

    def lines(self, name: str, *words: str, stdin: bytes = b"", **said: str) -> list[str]:
        ran = self.run(name, *words, stdin=stdin, **said)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.decode().splitlines()


@pytest.fixture(params=SHELLS)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    return Machine(request.param, tmp_path)


def test_an_image_is_laid_out_once_told_and_given_from_any_byte(machine: Machine) -> None:
    said = machine.lines("lay-out", "tag", "label", "no", EXISTS="0")
    manifest = base64.b64encode(b"{}").decode()
    assert said == [
        f"id {ID}",
        f"inputs {INPUTS}",
        "architecture arm64",
        f"manifest {manifest}",
        f"blob {BLOB} {len(DATA)}",
    ]
    assert machine.lines("lay-out", "tag", "label", "no", EXISTS="0") == said
    calls = (machine.home / "calls").read_text()
    assert calls.count("save ") == 1
    assert machine.lines("lay-out", "tag", "label", "yes", EXISTS="0") == said
    assert (machine.home / "calls").read_text().count("save ") == 2
    for offset in (0, 1, len(DATA) - 1, len(DATA)):
        assert machine.run("give", ID, BLOB, str(offset)).stdout == DATA[offset:]
    assert machine.run("give", ID, "2" * 64, "0").returncode == 66
    assert machine.lines("lay-out", "tag", "label", "no") == ["missing"]
    assert [path.name for path in (machine.home / "out").iterdir()] == [ID]


def test_what_came_is_kept_and_gone_on_with(machine: Machine) -> None:
    asking = f"{BLOB} {len(DATA)}\n".encode()
    assert machine.lines("lack", ID, "no", "", stdin=asking, EXISTS="0") == ["there"]
    assert machine.lines("lack", ID, "no", "", stdin=asking) == [f"want {BLOB} 0"]
    cut = machine.run("take", BLOB, str(len(DATA)), "0", stdin=DATA[:1000])
    assert (cut.returncode, b"it goes on from there" in cut.stderr) == (75, True)
    assert machine.lines("lack", ID, "no", "", stdin=asking) == [f"want {BLOB} 1000"]
    assert machine.run("take", BLOB, str(len(DATA)), "999", stdin=DATA[999:]).returncode == 75
    assert machine.lines("take", BLOB, str(len(DATA)), "1000", stdin=DATA[1000:]) == []
    assert machine.lines("lack", ID, "no", "", stdin=asking) == [f"skip {BLOB}"]
    assert (machine.home / "in" / BLOB).read_bytes() == DATA


def test_a_layer_of_an_image_that_is_there_need_not_come_unless_asked_for(machine: Machine) -> None:
    asking = f"{BLOB} {len(DATA)}\n".encode()
    assert machine.lines("lack", ID, "no", "", stdin=asking, LAYERS=f"sha256:{BLOB}") == [f"skip {BLOB}"]
    assert machine.lines("lack", ID, "yes", "", stdin=asking, LAYERS=f"sha256:{BLOB}") == [f"want {BLOB} 0"]


def test_what_is_not_what_its_name_says_is_thrown_away(machine: Machine) -> None:
    spoiled = machine.run("take", BLOB, str(len(DATA)), "0", stdin=bytes(len(DATA)))
    assert (spoiled.returncode, list((machine.home / "in").iterdir())) == (65, [])
    (machine.home / "in" / f"{BLOB}.part").write_bytes(bytes(len(DATA) + 1))
    asking = f"{BLOB} {len(DATA)}\n".encode()
    assert machine.lines("lack", ID, "no", "", stdin=asking) == [f"want {BLOB} 0"]


def test_only_the_image_that_was_meant_gets_the_tag(machine: Machine) -> None:
    (machine.home / "in" / BLOB).write_bytes(DATA)
    for wrong in ({"GOT": "2" * 64}, {"INPUTS": "0" * 64}):
        ran = machine.run("land", ID, "tag", "label", INPUTS, stdin=b"e30=", **wrong)
        assert (ran.returncode, b"it was not kept" in ran.stderr) == (1, True)
        assert "tag " not in (machine.home / "calls").read_text().replace("--format", "")
    assert machine.lines("land", ID, "tag", "label", INPUTS, stdin=b"e30=") == []
    assert (machine.home / "calls").read_text().splitlines()[-1] == f"tag {ID} tag"
    assert not (machine.home / "in").exists()


def test_a_disk_that_is_too_small_is_told_before_a_byte_comes(machine: Machine) -> None:
    (machine.home / "df").write_text("#!/bin/sh\necho; echo / 1 1 1000000 1 /\n")
    (machine.home / "df").chmod(0o755)
    ran = machine.run("lack", ID, "no", "", stdin=f"{BLOB} {len(DATA)}\n".encode())
    assert (ran.returncode, b"enlarge `machine.disk`" in ran.stderr) == (1, True)
    out = machine.run("lay-out", "tag", "label", "no", EXISTS="0")
    assert (out.returncode, b"builder's machine" in out.stderr) == (1, True)
