"""The scripts at both ends of a registry, under every sh, with a podman of ours: what is pushed, pulled, kept, told."""

import platform
import subprocess
from pathlib import Path

import pytest

from operations.image.room import script
from tests.unit.operations.run_section import SHELLS

ID, INPUTS, DIGEST = "1" * 64, "f" * 64, f"sha256:{'d' * 64}"
HERE = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
TARGET = "10.0.0.1:5000/carbon/top:abc"
NAME = f"10.0.0.1:5000/carbon/top@{DIGEST}"
PASSWORD = "s3cret word"
FED = f"fingerprint {len(PASSWORD)}\n{PASSWORD}"
PODMAN = """#!/bin/sh
echo "$*" >>"$HOME/calls"
if [ -n "${REGISTRY_AUTH_FILE:-}" ]; then
    stat -c %a "$REGISTRY_AUTH_FILE" >"$HOME/login"
    cat "$REGISTRY_AUTH_FILE" >>"$HOME/login"
fi
case $1-$2 in
image-exists) exit "${EXISTS:-0}" ;;
images-*) printf '%s\\n' $NAMES ;;
image-inspect) case $4 in
    *Labels*) echo "$INPUTS" ;;
    *Architecture*) echo arm64 ;;
    *) echo "$ID" ;;
    esac ;;
push-*) printf %s "$DIGEST" ;;
pull-*) if [ -n "$GOT" ]; then echo "$GOT"; else echo "no such registry" >&2; exit 125; fi ;;
esac
"""


class Machine:
    """A home in the place of the machine's /run and /var/lib/containers, one kind of sh."""

    def __init__(self, shell: tuple[str, ...], home: Path) -> None:
        self.shell, self.home = shell, home
        for folder in ("run", f"store/overlay-images/{ID}", "store/overlay-layers"):
            (home / folder).mkdir(parents=True)
        (home / "podman").write_text(PODMAN)
        (home / "podman").chmod(0o755)

    def run(self, name: str, *words: str, stdin: str = "", **said: str) -> "subprocess.CompletedProcess[str]":
        text = script(f"registry/{name}").replace("/var/lib/containers/storage", str(self.home / "store"))
        text = text.replace("/var/lib/containers", str(self.home)).replace("/run/carbon", f"{self.home}/run/carbon")
        answers = {"ID": ID, "INPUTS": INPUTS, "GOT": ID, "DIGEST": DIGEST, "NAMES": "localhost/x:1", **said}
        environment = {"PATH": f"{self.home}:/usr/bin:/bin", "HOME": str(self.home), **answers}
        line = [*self.shell[:-1], "-c", text, "sh", *words]
        return subprocess.run(line, env=environment, input=stdin, capture_output=True, text=True, timeout=60)

    def calls(self) -> list[str]:
        return (self.home / "calls").read_text().splitlines()


@pytest.fixture(params=SHELLS)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Machine:
    return Machine(request.param, tmp_path)


def out(machine: Machine, *more: str, **said: str) -> "subprocess.CompletedProcess[str]":
    return machine.run("hand-out", "tag", "label", TARGET, *(more or ("", "no", "no")), **said)


def take(machine: Machine, architecture: str = HERE, **said: str) -> "subprocess.CompletedProcess[str]":
    blobs = f"{DIGEST}=7 sha256:{'e' * 64}=9"
    return machine.run("take", NAME, ID, "tag", "label", INPUTS, blobs, architecture, "", "yes", **said)


def test_an_image_is_pushed_once_comes_back_and_its_digest_and_blobs_are_told(machine: Machine) -> None:
    kept = machine.home / f"store/overlay-images/{ID}" / "=bWFuaWZlc3Qtc2hhMjU2OmRkZGQ="
    ran = out(machine)
    told = [f"id {ID}", f"inputs {INPUTS}", "architecture arm64", f"digest {DIGEST}"]
    assert ran.stdout.splitlines() == told, ran.stderr
    push, pull = (call for call in machine.calls() if call.startswith("pu"))
    assert (push, pull) == (
        f"push --quiet --digestfile /dev/stdout {ID} docker://{TARGET}",
        f"pull --quiet {NAME}",
    )
    short = f"sha256:{'d' * 4}"
    kept.write_text(f'{{"config": {{"mediaType": "a", "size": 3, "digest": "{DIGEST}"}}, "layers": []}}')
    again = out(machine, NAMES=f"localhost/x:1 10.0.0.1:5000/carbon/top@{short}")
    assert again.stdout.splitlines()[-2:] == [f"digest {short}", f"blob {DIGEST} 3"], again.stderr
    assert len([call for call in machine.calls() if call.startswith("pu")]) == 2, "it was pushed again"


def test_one_that_is_asked_for_again_is_pushed_and_loses_its_old_name(machine: Machine) -> None:
    old = "10.0.0.1:5000/carbon/top@sha256:0000"
    assert out(machine, "", "no", "yes", NAMES=old).stdout.splitlines()[-1] == f"digest {DIGEST}"
    assert machine.calls()[-3:-2] == [f"untag {ID} {old}"]


def test_what_is_not_there_or_does_not_come_back_as_it_went_is_told(machine: Machine) -> None:
    assert out(machine, EXISTS="1").stdout == "missing\n"
    other = out(machine, GOT="2" * 64)
    assert (other.returncode, "came back from the registry as the image 2222" in other.stderr) == (65, True)


def test_a_login_is_in_a_file_of_its_own_for_as_long_as_podman_needs_it(machine: Machine) -> None:
    assert out(machine, "lab", "yes", "no").returncode == 75, "no password came"
    ran = machine.run("hand-out", "tag", "label", TARGET, "lab", "yes", "no", stdin=FED)
    assert ran.returncode == 0, ran.stderr
    mode, login = (machine.home / "login").read_text().splitlines()
    assert (mode, login) == ("600", '{"auths": {"10.0.0.1:5000": {"auth": "bGFiOnMzY3JldCB3b3Jk"}}}')
    assert list((machine.home / "run").iterdir()) == []
    assert all("--tls-verify=false" in call for call in machine.calls() if call.startswith("pu"))
    assert PASSWORD not in (machine.home / "calls").read_text() + ran.stdout + ran.stderr
    part = machine.run("hand-out", "tag", "label", TARGET, "lab", "yes", "no", stdin=FED[:-1])
    assert (part.returncode, "did not come from the Mac" in part.stderr) == (75, True)


def test_what_came_gets_our_tag_only_when_it_is_the_builders(machine: Machine) -> None:
    ran = take(machine)
    assert [line.split()[0] for line in ran.stdout.splitlines()] == ["came", "all"], ran.stderr
    assert (ran.stdout.splitlines()[1], machine.calls()[-1]) == ("all 16", f"tag {ID} tag")
    for wrong in ({"GOT": "2" * 64}, {"INPUTS": "0" * 64}):
        ran = take(machine, **wrong)
        assert (ran.returncode, "it was not kept" in ran.stderr) == (65, True)
        assert machine.calls()[-1].startswith("image rm ")
    assert (take(machine, GOT="").returncode, machine.calls()[-1].split()[0]) == (125, "pull")


def test_what_cannot_run_here_or_has_no_room_is_told_before_a_byte_comes(machine: Machine) -> None:
    foreign = take(machine, "s390x")
    assert (foreign.returncode, "write the `platform` of each Mac" in foreign.stderr) == (65, True)
    (machine.home / "df").write_text("#!/bin/sh\necho; echo / 1 1 0 1 /\n")
    (machine.home / "df").chmod(0o755)
    many = " ".join(f"sha256:{number:064d}=1000000" for number in range(3))
    ran = machine.run("take", NAME, ID, "tag", "label", INPUTS, many, "", "", "no")
    assert (ran.returncode, "no room for" in ran.stderr) == (88, True)
    assert not (machine.home / "calls").exists()
