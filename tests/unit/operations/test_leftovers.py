"""A runtime that no stack of a Mac names any more: what is left of it goes, and nothing of anybody else."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.plan import Change, Finding, Notice, Refusal, World
from carbon_fleet.plan.registry import asked_of, lab_sections, resources_of
from carbon_fleet.snapshot import Section, Snapshot
from carbon_fleet.spec import Mac, lab_from_text
from operations import _moves as moves
from operations import apple_container, docker, environment, homebrew, moving, native
from operations.apple_container import AppleSeen
from operations.docker import DockerSeen
from operations.docker.seen import ContainerSeen
from operations.environment import EnvironmentsSeen
from operations.environment.seen import SlotSeen
from operations.homebrew import FormulaSeen, Homebrew, HomebrewSeen, TapSeen
from operations.native import Natively, NativeSeen
from operations.native.kept import STORE
from tests.unit.operations import apple_world, docker_world, native_world
from tests.unit.operations.test_moving import whole

VENUS = "localhost/carbon-fleet/venus:0123456789abcdef"
DATA = "delete-volumes"


def elsewhere(mac: Mac, runtime: str = "podman-libkrun") -> Mac:
    """The same Mac once the lab file names nothing of its runtime any more."""
    sections = {"native": Natively(), **mac.sections, "stacks": docker_world.a_mac(stacks=[]).sections["stacks"]}
    return replace(mac, runtime=runtime, sections=sections)  # type: ignore[arg-type]


DOCKER = replace(
    docker_world.converged(docker_world.a_mac()),
    images=(VENUS,),
    folder=True,
    containers={
        **docker_world.converged(docker_world.a_mac()).containers,
        "theirs": ContainerSeen("running"),
    },
)
APPLE = replace(apple_world.converged(apple_world.a_mac()), images=(VENUS,), folder=True)
NATIVE = native_world.converged(native_world.a_mac())


def findings(resource: Any, seen: Any, *consents: str, mac: Mac | None = None, **sections: Mapping[str, Any]) -> Any:
    """What differs on a Mac that names none of these runtimes, in a look with these sections besides."""
    told = {name: Section(name, facts={"time": ("2000",), **facts}) for name, facts in sections.items()}
    mac = mac or elsewhere(docker_world.a_mac())
    world = World(mac, Snapshot("m", told), frozenset(consents))
    return list(resource.RESOURCE.differences(resource.RESOURCE.wanted(), seen, world))


def said(found: list[Finding]) -> list[str]:
    """Addresses of Changes, codes of the rest."""
    return [one.address if isinstance(one, Change) else one.code for one in found]


@pytest.mark.parametrize(("resource", "seen"), [(docker, DOCKER), (apple_container, APPLE)])
def test_all_of_an_engine_goes_but_volumes_and_what_is_others(resource: Any, seen: Any) -> None:
    name = resource.RESOURCE.name
    found = findings(resource, seen)
    gone = [f"{name}.stack.shop.web", f"{name}.stack.shop"]
    assert said(found) == [*gone, "VOLUME_UNUSED", f"{name}.image.venus"], "its folder stays while a volume does"
    found = findings(resource, seen, DATA)
    assert said(found) == [*gone, f"{name}.volume.shop-data", f"{name}.image.venus", f"{name}.folder"]
    assert not [one for one in found if "theirs" in str(one)]


def test_models_of_docker_go_with_its_stacks_and_an_image_that_others_use_stays() -> None:
    theirs = {**DOCKER.containers, "theirs": ContainerSeen("exited", image=VENUS)}
    seen = replace(DOCKER, models={"cd" * 32: True}, containers=theirs)
    found = findings(docker, seen, DATA)
    gone = ["docker.stack.shop.web", "docker.stack.shop", "docker.volume.shop-data"]
    assert said(found) == [*gone, "IMAGE_USED_BY_OTHERS", "docker.model.cdcdcdcdcdcd"], "and with it the folder"
    assert "docker.folder" in said(findings(docker, replace(seen, containers=DOCKER.containers), DATA))
    held = findings(docker, seen, DATA, moving={"carries": ("docker shop",)})
    held += findings(docker, seen, DATA, record={"other": ("site docker.stack.shop.web",)})
    assert not [one for one in held if isinstance(one, Change)]


@pytest.mark.parametrize(("resource", "seen"), [(docker, DockerSeen()), (apple_container, AppleSeen())])
def test_a_mac_that_never_had_it_sees_nothing(resource: Any, seen: Any) -> None:
    assert findings(resource, seen) == []
    assert findings(native, NativeSeen()) == []
    others = {"containers": {"theirs": ContainerSeen("running")}, "volumes": {"theirs": ""}}
    there = replace(DOCKER, images=(), files={}, **others)  # type: ignore[arg-type]
    assert findings(docker, replace(there, folder=False)) == []
    assert said(findings(docker, there)) == ["docker.folder"]


def test_nothing_of_it_is_wished_or_noted_there() -> None:
    mac = lab_from_text("lab: x\ndefaults: {user: lab}\nmacs:\n  m: {host: h}\n", lab_sections()).mac("m")
    lingering = {"docker", "apple_container", "native"}
    assert {one.name for one in asked_of(mac)} - {one.name for one in resources_of(mac)} == lingering
    intel = replace(mac, platform="linux/amd64", runtime="docker")
    assert not {"apple_container", "native"} & {one.name for one in asked_of(intel)}, "it cannot have been there"
    host = replace(mac, runtime="linux-nvidia")
    assert not lingering & {one.name for one in asked_of(host)}


@pytest.mark.parametrize(
    ("resource", "seen", "start"),
    [
        (docker, replace(DOCKER, running=False, containers={}, images=(), volumes={}), "open -a Docker"),
        (apple_container, replace(APPLE, running=False, containers={}, volumes={}), "container system start"),
    ],
)
def test_what_does_not_run_is_not_started_to_look(resource: Any, seen: Any, start: str) -> None:
    (refusal,) = findings(resource, seen)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, start in refusal.remedy, "shop" in refusal.why) == ("RUNTIME_LEFT_STOPPED", True, True)
    bare: dict[str, Any] = {name: {} for name in ("files", "plists", "jobs") if name in vars(seen)}
    assert findings(resource, replace(seen, **bare)) == [], "a volume that is kept troubles nobody"


def test_where_the_application_itself_is_gone_our_files_go() -> None:
    seen = replace(DOCKER, app="", running=False, containers={}, images=(), volumes={})
    assert said(findings(docker, seen)) == ["docker.stack.shop", "docker.folder"]
    tool = replace(APPLE, cli="", running=False, containers={}, images=(), volumes={})
    found = said(findings(apple_container, tool))
    assert found == ["apple_container.job.shop-web", "apple_container.stack.shop", "apple_container.folder"]


@pytest.mark.parametrize(("resource", "seen"), [(docker, DOCKER), (apple_container, APPLE), (native, NATIVE)])
def test_what_moves_and_what_another_lab_has_is_left_alone(resource: Any, seen: Any) -> None:
    name = resource.RESOURCE.name
    cut_off = {"note": ("shop saved 2026 docker podman-libkrun",)}
    assert findings(resource, seen, DATA, moving=cut_off) == []
    assert findings(resource, seen, DATA, moving={"note": ("unreadable",)}) == [], "nobody can tell what moves"
    theirs = {"other": (f"site {name}.stack.shop.web",)}
    (notice,) = findings(resource, seen, DATA, record=theirs)
    assert isinstance(notice, Notice)
    assert (notice.code, "applied-site.json" in notice.remedy) == ("OF_ANOTHER_LAB", True)


def test_volumes_that_a_move_keeps_are_its_own() -> None:
    kept = {"kept": ("shop 2026 1000 docker carried shop-data",)}
    found = findings(docker, replace(DOCKER, containers={}, files={}, images=()), DATA, moving=kept)
    assert found == []


def test_programs_and_their_models_go_and_volumes_stay() -> None:
    found = findings(native, NATIVE)
    assert said(found) == ["native.shop-web", "VOLUME_UNUSED", "native.model.abababababab"]
    assert "native.volume.shop.data" in said(findings(native, NATIVE, DATA))
    assert said(findings(native, replace(NATIVE, screen=False))) == said(found), "nobody has to be at the screen"


def test_one_that_arrives_while_the_only_other_leaves_keeps_its_model() -> None:
    arriving = native_world.a_mac(stacks=[{"name": "new", "containers": {"web": native_world.WEB}}])
    carried = {"carries": ("docker new",)}
    found = findings(native, NATIVE, mac=arriving, moving=carried)
    assert said(found) == ["native.shop-web", "VOLUME_UNUSED"]
    told = findings(native, replace(NATIVE, models={}), mac=arriving, moving=carried)
    assert "native.model.weights" in said(told), "one that is not there is brought before it moves"


def test_a_model_that_goes_takes_its_note_along() -> None:
    assert STORE.forget("ab" * 32).argv[-2:] == ("ab" * 32, ".local/share/carbon-fleet/models")


def test_an_environment_of_another_lab_stays() -> None:
    links = {"ours": "ours.a", "theirs": "theirs.a"}
    seen = EnvironmentsSeen(links, slots={"ours.a": SlotSeen(), "theirs.a": SlotSeen()})
    for address in ("environment.theirs", "environment.other"):
        found = findings(environment, seen, record={"other": (f"site {address}",)})
        stays = address == "environment.theirs"
        assert said(found) == ["environment.ours", "OF_ANOTHER_LAB" if stays else "environment.theirs"]
    back = removal(environment, seen, {}, other=("site environment.theirs",))
    assert said(back) == ["environment.ours", "OF_ANOTHER_LAB"]


def removal(resource: Any, seen: Any, before: dict[str, Any], *consents: str, **facts: Any) -> list[Finding]:
    sections = {"record": Section("record", facts=facts)}
    world = World(elsewhere(docker_world.a_mac()), Snapshot("m", sections), frozenset(consents))
    return list(resource.RESOURCE.removal(resource.RESOURCE.wanted(), seen, before, world))


def test_destroy_takes_out_what_the_lab_file_does_not_name_any_more() -> None:
    was = {"docker.app": True, "docker.engine": True, "docker.settings": {}}
    assert said(removal(docker, DOCKER, was)) == ["CONSENT_MISSING"]
    gone = ["docker.stack.shop.web", "docker.stack.shop", "docker.volume.shop-data", "docker.image.venus"]
    assert said(removal(docker, DOCKER, was, DATA)) == gone
    assert "native.shop-web" in said(removal(native, NATIVE, {}, DATA))
    theirs = {"other": ("site docker.stack.shop.web", "site native.stack.shop.web")}
    assert said(removal(docker, DOCKER, was, DATA, **theirs)) == []
    assert removal(native, NATIVE, {}, DATA, **theirs) == []


@pytest.mark.parametrize(
    ("resource", "seen", "before"),
    [
        (docker, replace(DOCKER, running=False, containers={}, images=(), volumes={}), {"docker.app": False}),
        (
            apple_container,
            replace(APPLE, running=False, containers={}, images=(), volumes={}),
            {"apple_container.cli": False},
        ),
    ],
)
def test_an_engine_that_goes_whole_and_cannot_be_looked_into_needs_consent(
    resource: Any, seen: Any, before: dict[str, Any]
) -> None:
    (refusal,) = removal(resource, seen, before)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, "--delete-volumes" in refusal.remedy) == ("CONSENT_MISSING", True)
    assert said(removal(resource, seen, before, DATA)) != ["CONSENT_MISSING"]


def test_what_homebrew_brought_for_it_goes_with_it() -> None:
    before = {"homebrew.cask.docker-desktop": False, "homebrew.cask.theirs": True, "homebrew.formula.container": False}
    seen = HomebrewSeen(casks={"docker-desktop": ("4.51",), "theirs": ("1",)})
    world = World(elsewhere(docker_world.a_mac()), Snapshot("m"))
    found = list(homebrew.RESOURCE.removal(Homebrew(formulae={}), seen, before, world))
    assert said(found) == ["homebrew.cask.docker-desktop"]


@pytest.mark.parametrize(("runtime", "goes"), [("docker", False), ("podman-libkrun", True)])
def test_podman_stays_for_a_machine_that_nobody_looks_at(runtime: str, goes: bool) -> None:
    """No stack is on it any more: its volumes could not be reached, nor could it be removed."""
    names = ("formula.podman", "formula.libkrun/krun/krunkit", "tap.libkrun/krun", "formula.uv")
    before = {f"homebrew.{name}": False for name in names}
    kegs = {name: FormulaSeen({"1": None}) for name in ("podman", "krunkit", "uv")}
    seen = HomebrewSeen(formulae=kegs, taps={"libkrun/krun": TapSeen()})
    world = World(elsewhere(docker_world.a_mac(), runtime), Snapshot("m"))
    bare = Homebrew().model_copy(update={"formulae": {}, "taps": ()})
    found = said(list(homebrew.RESOURCE.removal(bare, seen, before, world)))
    assert sorted(found) == (sorted(before) if goes else ["homebrew.formula.uv"])


def moving_in(mac: Mac, *consents: str, **facts: Any) -> World:
    """A look at a Mac of which the section `moving` says this."""
    section = Section("moving", facts={"time": ("99999999",), **facts})
    return World(whole(mac), Snapshot("m", {"moving": section}), frozenset(consents))


def test_destroy_ends_a_move_by_the_consent_that_data_needs_there() -> None:
    for consents, code in (((), "CONSENT_MISSING"), ((DATA,), "moving.shop")):
        note = ("shop brought 2026 podman-libkrun docker",)
        world = moving_in(elsewhere(docker_world.a_mac()), *consents, note=note)
        (one,) = moving.RESOURCE.removal(moving.Moving(), moves.seen(world), {}, world)
        assert said([one]) == [code]
        assert isinstance(one, Refusal) or (isinstance(one, Change) and one.action.value == "run")


RETURNS: dict[tuple[str, ...], bool] = {
    (): False,
    ("leave-data", "purge-old"): False,
    ("leave-data", DATA): False,
    ("purge-old",): True,
}


@pytest.mark.parametrize(("consents", "purged"), RETURNS.items())
def test_data_that_a_stack_is_on_its_way_back_to_never_goes_first(consents: tuple[str, ...], purged: bool) -> None:
    """Their time is up long since: without a word for it they stay, and with `--leave-data` in any case."""
    kept = ("shop 2026 1000 docker carried shop-data",)
    facts = {"kept": kept, "open": ("docker",), "carries": ("podman-libkrun shop",)}
    world = moving_in(docker_world.a_mac(), *consents, **facts)
    found = list(moving.RESOURCE.differences(moving.Moving(), moves.seen(world), world))
    assert said(found) == ["moving.kept.shop.2026" if purged else "MOVED_VOLUMES_KEPT", "moving.shop"]
