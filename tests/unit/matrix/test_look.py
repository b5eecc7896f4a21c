"""What the look's answer says of each runtime; odd and hostile answers."""

import subprocess
from pathlib import Path

import pytest

from carbon_fleet.matrix.look import runtimes_in, script, section_in
from carbon_fleet.matrix.runtimes import APPLE, APPLEHV, DOCKER, LIBKRUN, LIMA, NATIVE, Seen
from carbon_fleet.matrix.trying import tried
from carbon_fleet.snapshot import Unreadable
from tests.unit.prove.fixtures import FOLDER

HEAD = ("%carbon-probe 1", "%section matrix")
TAIL = ("%end matrix 0", "%done")


def seen(*lines: str) -> dict[str, Seen]:
    return runtimes_in(section_in((*HEAD, *lines, *TAIL), "matrix"), "carbon", "/opt/homebrew")


def block(name: str, *out: str, status: int = 0) -> tuple[str, ...]:
    return (f"%block {name}", *(f"|{line}" for line in out), f"%status {name} {status}")


def test_nothing_there() -> None:
    assert not any(one.present for one in seen("podman=", "krunkit=", "llama=").values())


def test_docker_runs_only_when_its_server_tells_a_version() -> None:
    there = ("docker_app=/Applications/Docker.app", *block("docker-app", "4.51.0"), "docker_cli=/usr/local/bin/docker")
    assert seen(*there)[DOCKER].barred.startswith("nobody has accepted its terms")
    there = (*there, "docker_terms=accepted")
    assert seen(*there)[DOCKER] == Seen(DOCKER, True, "4.51.0", False, "/usr/local/bin/docker")
    for lines, running in ((("28.5.2",), True), ((), False)):
        assert seen(*there, *block("docker-server", *lines))[DOCKER].running is running
    assert seen(*there, *block("docker-server", "28.5.2", status=124))[DOCKER].running is False


def test_an_unreadable_version_is_none() -> None:
    there = ("docker_app=/Applications/Docker.app", *block("docker-app", "no plist", status=1), "docker_cli=")
    found = seen(*there)[DOCKER]
    assert (found.present, found.version) == (True, None)
    assert found.trouble


@pytest.mark.parametrize(
    ("words", "status", "running"),
    [
        (("FIELD  VALUE", "status  running"), 0, True),
        (("apiserver is running",), 0, True),
        (('{"status":"running"}',), 0, True),
        (("apiserver is not running and not registered with launchd",), 1, False),
        (("apiserver is not running and not registered with launchd",), 0, False),
        (("status  unregistered",), 0, False),
        ((), 124, False),
    ],
)
def test_apples_service_by_its_words(words: tuple[str, ...], status: int, running: bool) -> None:
    version = block("container-version", "container CLI version 1.2.2 (build: release, commit: abc)")
    found = seen("container_cli=/usr/local/bin/container", *version, *block("container-status", *words, status=status))
    assert (found[APPLE].version, found[APPLE].running) == ("1.2.2", running)


def test_of_several_machines_the_running_one_is_the_runtime() -> None:
    lines = ["podman=6.1.1"]
    for name, state in (("old", "stopped"), ("carbon", "stopped"), ("busy", "running")):
        lines += [f"machine_applehv={name}", *block(f"machine-applehv {name}", state)]
    found = seen(*lines)[APPLEHV]
    assert (found.name, found.running, found.server) == ("busy", True, "busy-root")


def test_else_the_labs_own_and_a_hung_inspect_is_unknown() -> None:
    lines = ["podman=6.1.1"]
    for name in ("a", "carbon"):
        lines += [f"machine_libkrun={name}", *block(f"machine-libkrun {name}", status=124)]
    found = seen(*lines)[LIBKRUN]
    assert (found.name, found.running) == ("carbon", None)
    assert found.trouble


def test_of_several_instances_the_running_one_then_one_with_a_gpu_then_the_labs_own() -> None:
    lines = ["lima_program=/opt/homebrew/bin/limactl", "lima=2.2.0"]
    lines += [f"lima_instance={name} {type_}" for name, type_ in (("a", "vz"), ("b", "krunkit"), ("default", "vz"))]

    def listed(running: str) -> Seen:
        rows = [f'{{"name":"{name}","status":"{"Running" if name == running else "Stopped"}"}}' for name in "ab"]
        rows.append('{"name":"default","status":"Stopped"}')
        return seen(*lines, *block("lima-list", *rows))[LIMA]

    assert (listed("a").name, listed("a").running, listed("a").kind) == ("a", True, "vz")
    assert (listed("").name, listed("").running) == ("b", False)
    broken = seen(*lines, *block("lima-list", status=1))[LIMA]
    assert (broken.present, broken.running) == (True, None)
    assert "did not tell its state" in broken.trouble


def test_llama_bench_names_its_device() -> None:
    listed = block("native-devices", "Available devices:", "  MTL0: Apple M4 (10922 MiB, 10922 MiB free)")
    found = seen("llama=6123", *listed)[NATIVE]
    assert (found.version, found.name) == ("6123", "MTL0: Apple M4 (10922 MiB, 10922 MiB free)")


@pytest.mark.parametrize("lines", [(), HEAD, (*HEAD, "%end matrix 0"), ("%carbon-probe 1", "%done"), ("garbage",)])
def test_an_answer_that_broke_off_is_unreadable(lines: tuple[str, ...]) -> None:
    with pytest.raises(Unreadable):
        section_in(lines, "matrix")


def answer(*lines: str) -> tuple[str, ...]:
    return ("%carbon-probe 1", "%section try", *lines, "%end try 0", "%done")


def test_a_try_ends_in_a_proof_or_says_why_not() -> None:
    text = " ".join((FOLDER / "ok-apple.json").read_text().split())
    assert tried(answer("image=absent")).image == "absent"
    good = tried(answer("image=there", *block("proof", text), "device=given"))
    assert good.proof is not None
    assert not good.device_refused
    assert tried(answer("image=there", *block("proof", status=124))).hung
    assert "no proof" in tried(answer("image=there", *block("proof", "\x1b]0;hello", status=1))).said
    assert "125" in tried(answer("image=there", *block("proof", status=125))).said
    refused = tried(answer("image=there", *block("proof", text, status=1), "device=refused", "!no such file"))
    assert refused.device_refused == "no such file"


def test_the_script_runs_where_nothing_is(tmp_path: Path) -> None:
    text = script("matrix", ("probe/lima.sh", "matrix/look.sh"), {"CF_PREFIX": str(tmp_path / "it's"), "CF_NATIVE": ""})
    ran = subprocess.run(
        ["/bin/sh", "-s"],
        input=text,
        capture_output=True,
        text=True,
        timeout=30,
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    section = section_in(tuple(ran.stdout.splitlines()), "matrix")
    assert section.status == 0
    assert not any(
        one.present for one in runtimes_in(section, "carbon", str(tmp_path)).values() if one.runtime != APPLE
    )
