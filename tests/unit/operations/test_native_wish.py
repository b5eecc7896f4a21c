"""What a lab file may say of programs on the Mac itself, and the words for what it may not."""

import json
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.matrix.look import declared
from carbon_fleet.plan.registry import resources_of
from carbon_fleet.spec import Mac
from operations import runtimes
from operations.homebrew import Homebrew, fitted
from operations.image.recipe import recipes
from operations.model.checks import needed
from operations.model.loads import loads
from operations.model.wish import Models
from operations.native import Natively
from operations.native.jobs import jobs
from operations.native.wish import check
from operations.stack.natively import Native
from operations.stack.secrets import used
from operations.stack.wish import Stack, names
from tests.unit.operations.native_world import MODELS, WEB, a_mac, web
from tests.unit.operations.test_docker_wish import loaded, refused

TINY = {"tinyllama": {"url": "https://example.org/t.gguf", "sha256": "cd" * 32, "size": "600MiB"}}
SHOP = {"name": "shop", "containers": {"web": WEB}}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"program": ["x"]}, "either a `formula` or an `environment`"),
        ({"formula": "x", "environment": "y", "program": ["x"]}, "either a `formula` or an `environment`"),
        ({"formula": "x"}, "has no `program`"),
        ({"formula": "x", "start": "llama", "check": "llama", "health": "true"}, "`health` beside `check` is no list"),
    ],
)
def test_what_says_too_little_or_two_things(said: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Native.model_validate_json(json.dumps(said))


def problems(mac: Mac) -> str:
    return "\n".join(str(one) for one in check(Natively(), mac))


def changed(**native: Any) -> list[dict[str, Any]]:
    return web(native={**WEB["native"], **native})


@pytest.mark.parametrize(
    ("stacks", "words"),
    [
        (web(native=None), "`web` of the stack `shop` cannot run without a container"),
        (web(devices=["/dev/fuse"]), "is given devices, and there are none"),
        (web(volumes=["/var/x:/data"], native={"formula": "x", "program": ["x"]}), "is a folder of a virtual machine"),
        (changed(program=["x", "{port:81}"]), "`{port:81}` in `native` of `web` stands for nothing"),
        (changed(variables={"X": "{volume:/nowhere}"}), "{volume:/nowhere}"),
        (changed(health="{secret:/run/secrets/other}"), "{secret:/run/secrets/other}"),
        (changed(start="lama"), "write `llama`"),
        (changed(check="lama", health=["x"]), "write `llama`"),
    ],
)
def test_what_cannot_run_natively(stacks: Any, words: str) -> None:
    assert words in problems(a_mac(stacks))


def test_what_braces_of_its_own_say_is_left() -> None:
    mac = a_mac(changed(program=["nginx", "{a: 1}", "{}", "${HOME}", "{port}"]))
    assert problems(mac) == ""
    assert '"{a: 1}"' in json.dumps(jobs(mac)[0].workload.program)


def test_whose_programs_they_are_has_to_be_known() -> None:
    assert "write `user: NAME` for this Mac" in problems(a_mac(user=None))
    assert jobs(a_mac(user=None)) == ()


def test_an_environment_is_missed_only_where_the_mac_knows_of_environments() -> None:
    stacks = web(native={"environment": "science", "program": ["jupyter"]})
    assert problems(a_mac(stacks)) == ""
    known = {"environments": Models.model_validate_json(json.dumps(MODELS))}
    assert "this Mac has no environment `science`" in problems(a_mac(stacks, sections=known))
    (job,) = jobs(a_mac(stacks))
    assert job.program == "/Users/lab/.local/share/carbon-fleet/environments/science/bin/jupyter"


@pytest.mark.parametrize("stack", ["carbon-base", "carbon-compute", "carbon-tools", "registry", "vulkan-check"])
def test_the_projects_own_that_cannot_are_refused_with_the_runtimes_that_can(tmp_path: Path, stack: str) -> None:
    said = refused(tmp_path, runtime="native", stacks=[stack])
    assert f"`{stack}` of the stack `{stack}` cannot run without a container, its programs are in the image" in said
    able = said.partition("write `runtime:`")[2]
    assert ("`podman-libkrun`" in able, "`native`" in able) == (True, False)
    assert ("`docker`" in able) is (stack != "vulkan-check")


def test_those_that_can() -> None:
    every = runtimes.NATIVE
    assert [name for name in names() if every in runtimes.able(Stack(name=name))] == [
        "carbon-gpu",
        "llama-server",
        "ollama",
    ]


def test_a_gpu_that_is_needed_is_found_natively_too(tmp_path: Path) -> None:
    said = refused(tmp_path, runtime="docker", stacks=["llama-server"], models=TINY)
    assert "`native`" in said.partition("write `runtime:`")[2]


def test_a_mac_of_programs_has_no_podman_and_of_homebrew_what_brings_them(tmp_path: Path) -> None:
    said = ["llama-server", "ollama", {"name": "carbon-gpu", "settings": {"environment": "ml-torch"}}]
    mac = loaded(tmp_path, runtime="native", stacks=said, models=TINY, environments={"ml-torch": {}})
    names = {one.name for one in resources_of(mac)}
    assert names >= {"preflight", "power", "homebrew", "secret", "environment", "native", "agent"}
    assert not names & {"provider", "machine", "guest", "image", "stack", "docker", "apple_container"}
    wish = fitted(mac.section("homebrew", Homebrew), mac)
    assert (list(wish.wished), wish.taps, wish.casks) == (["uv", "llama.cpp", "ollama"], (), ())
    assert declared(mac), "the matrix may ask the llama.cpp that a stack brings"
    assert recipes(mac) == ()
    assert [job.name for job in jobs(mac)] == ["llama-server", "ollama", "carbon-gpu"]
    assert loads(mac) == (), "its models take nothing of a machine's memory"
    models = mac.section("models", Models)
    assert (needed(models, mac), [name for name, _ in needed(models, mac, "native")]) == ((), ["tinyllama"])
    assert set(used(mac, "native")) == {"llama-api-key", "jupyter-token"}


def test_a_formula_that_the_lab_file_wishes_or_leaves_out_is_as_it_says(tmp_path: Path) -> None:
    for version in ({"version": ">=9000"}, None):
        mac = loaded(tmp_path, runtime="native", stacks=["ollama"], homebrew={"formulae": {"ollama": version}})
        wish = fitted(mac.section("homebrew", Homebrew), mac)
        assert set(wish.wished) == ({"ollama"} if version else set())


def test_one_stack_of_a_mac_with_a_machine(tmp_path: Path) -> None:
    stacks = ["vulkan-check", {"name": "llama-server", "runtime": "native"}]
    mac = loaded(tmp_path, stacks=stacks, models=TINY)
    assert {"machine", "stack", "native"} <= {one.name for one in resources_of(mac)}
    assert "llama.cpp" in fitted(mac.section("homebrew", Homebrew), mac).wished
    assert [recipe.name for recipe in recipes(mac)] == ["venus", "vulkan-check"]


def test_a_log_is_no_smaller_than_what_is_written_at_once(tmp_path: Path) -> None:
    assert "native.log" in refused(tmp_path, runtime="native", stacks=[SHOP], models=MODELS, native={"log": "1KiB"})
