"""Python environments on the Mac itself: their own Python is asked what is in them, and lets something compute."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
from testinfra.host import Host

from carbon_fleet.prove.metal import NoAnswer, against, question, read
from carbon_fleet.spec import Mac
from carbon_fleet.verify.answers import document
from carbon_fleet.verify.environments import CHECK, JOB, SOFTWARE
from carbon_fleet.verify.record import Recorder
from carbon_fleet.verify.wish import PythonEnvironment

pytestmark = pytest.mark.remedy("run `carbon-fleet apply {lab} --limit {mac}`")
PYTHON = '"$HOME"/.local/share/carbon-fleet/environments/%s/bin/python -I -c %s'
SECONDS = 300
Told = dict[str, Any]
Asked = Callable[[PythonEnvironment], Told]


@pytest.fixture(scope="module")
def asked(mac: Host) -> Asked:
    """What each environment says of itself, asked once: it reads all its files."""
    known: dict[str, Told] = {}

    def ask(one: PythonEnvironment) -> Told:
        if one.name not in known:
            call = " ".join([PYTHON, *("%s" for _ in one.imports)])
            said = mac.run(call, one.name, CHECK, *one.imports, deadline=SECONDS)
            assert said.rc == 0, f"the environment {one.name} does not run: {said.stderr.strip()[-300:]}"
            known[one.name] = document(said)
        return known[one.name]

    return ask


def test_environment_has_its_python(asked: Asked, environment: PythonEnvironment) -> None:
    seen = asked(environment)["python"]
    wanted = environment.python
    assert f"{seen}.".startswith(f"{wanted}."), f"its Python is {seen}; the lab wants {wanted}"


def test_environment_is_as_its_lock(asked: Asked, environment: PythonEnvironment) -> None:
    seen, wanted = asked(environment)["packages"], environment.packages
    names = sorted(name for name in {*seen, *wanted} if seen.get(name) != wanted.get(name))
    words = [f"{name} is {seen.get(name, 'not there')}, not {wanted.get(name, 'in the lock')}" for name in names]
    assert not words, "; ".join(words[:5])


def test_environment_is_as_its_wheels(asked: Asked, environment: PythonEnvironment) -> None:
    altered = asked(environment)["altered"]
    assert not altered, f"{altered[0]}, and {len(altered) - 1} more" if len(altered) > 1 else altered[0]


def test_environment_imports(asked: Asked, environment: PythonEnvironment) -> None:
    failed = {module: why for module, why in asked(environment)["imports"].items() if why}
    assert not failed, "; ".join(f"{module}: {why}" for module, why in failed.items())


@pytest.mark.remedy("see docs/environments.md, and `carbon-fleet prove {lab} {mac}`")
def test_environment_computes(
    mac: Host, wish: Mac, proving_environment: PythonEnvironment, recorder: Recorder, chip: str
) -> None:
    one, lenient = proving_environment, wish.accept_software_gpu
    asks = question(one.prove, secrets.randbits(32), software=lenient)
    words = (asks.kind, str(asks.seed), str(asks.n), str(asks.timed))
    said = mac.run(f"{PYTHON} %s %s %s %s", one.name, JOB, *words, deadline=SECONDS)
    last = next((line for line in reversed(said.stderr.splitlines()) if line.strip()), f"status {said.rc}")
    assert said.rc == 0, f"{one.name} does not compute: {last}"
    try:
        answer = read(said.stdout)
    except NoAnswer as wrong:
        pytest.fail(f"{one.name}: {wrong}", pytrace=False)
    found = [what for _, what in against(answer, asks, accept_software=lenient, chip=chip)]
    assert not found, "; ".join(found)
    if answer.software:
        what = f"{one.prove} of `{one.name}` computed on {', '.join(answer.devices)}: that is software"
        why, remedy = "this lab accepts it (accept_software_gpu: true)", "on a real Mac, leave it out"
        recorder.notice(f"environment.{one.name}", SOFTWARE, what, why, remedy)


@pytest.fixture
def chip(mac: Host) -> str:
    """The Mac's processor by its own name; empty where sysctl does not know it."""
    said = mac.run("sysctl -n machdep.cpu.brand_string")
    return said.stdout.strip() if said.rc == 0 else ""
