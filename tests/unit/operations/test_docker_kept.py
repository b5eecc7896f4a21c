"""What Docker Desktop's stacks have beside containers: models, images of others, and what they go back to."""

from dataclasses import replace
from typing import Any

from carbon_fleet.plan import Change, Notice, Refusal, World
from carbon_fleet.spec import Mac
from operations.docker import RESOURCE, Docker, DockerSeen, back
from operations.docker.seen import ContainerSeen, Kept
from operations.docker.services import services
from tests.unit.operations.docker_world import WEB, a_mac, converged, findings, fingerprints, rows

SHOP = "docker.stack.shop.web"


def with_model() -> Mac:
    return a_mac([{"name": "shop", "containers": {"web": {**WEB, "models": ["weights"]}}}])


def test_a_model_comes_before_what_mounts_it_and_goes_with_the_last_that_does() -> None:
    mac = with_model()
    assert findings(mac, converged(mac)) == []
    bare = findings(mac, DockerSeen())
    assert [address for address, _, _ in rows(bare)][-4:-1] == ["docker.model.weights", "docker.stack.shop", SHOP]
    (change,) = [one for one in bare if isinstance(one, Change) and one.address == "docker.model.weights"]
    assert [(one.name, one.sha256) for one in change.deliveries] == [("weights", "ab" * 32)]
    seen = replace(converged(mac), models={"ab" * 32: False, "cd" * 32: True})
    assert rows(findings(mac, seen)) == [
        ("docker.model.weights", "update", ["file"]),
        ("docker.model.cdcdcdcdcdcd", "delete", ["sha256"]),
    ]


def test_what_works_is_kept_last_and_what_kept_files_name_stays() -> None:
    mac = with_model()
    old, tag = f"x /models/{'cd' * 32} y", "localhost/carbon-fleet/venus:0123456789abcdef"
    seen = replace(converged(mac), images=(tag,), models={"ab" * 32: True, "cd" * 32: True})
    kept = replace(seen, kept={"shop": Kept(seen.kept["shop"].good, f'{old} "{tag}"')})
    assert findings(mac, kept) == []
    found = findings(mac, replace(kept, kept={"shop": Kept("other")}))
    assert rows(found) == [
        ("docker.stack.shop", "run", ["kept"]),
        ("docker.image.venus", "delete", ["tag"]),
        ("docker.model.cdcdcdcdcdcd", "delete", ["sha256"]),
    ]
    assert isinstance(found[0], Change)
    assert found[0].commands[0].argv[-1] == "shop-web TOKEN=token\n", "whose secrets are given, and no value"


def test_a_stack_goes_back_to_what_was_seen_to_work_before_what_is_in_place() -> None:
    mac = a_mac()
    seen, now = converged(mac), converged(mac).kept["shop"].good
    wished = services(mac)
    for kept, before in ((Kept(now, "old"), "old"), (Kept("good", "older"), "good"), (Kept(now), None), (Kept(), None)):
        change = back.change("shop", wished, replace(seen, kept={"shop": kept}))
        assert (change.attributes[0].after if change else None) == before
        assert change is None or change.commands[0].codes == {86: "ROLLED_BACK", 87: "ROLLBACK_FAILED"}


def test_models_go_with_the_rest_and_not_where_that_is_refused() -> None:
    mac = with_model()
    before = {"docker.app": True, "docker.engine": True, "docker.settings": {}}
    refused = list(RESOURCE.removal(Docker(), converged(mac), before, World(mac, fingerprints())))
    assert [type(one) for one in refused] == [Refusal]
    world = World(mac, fingerprints(), frozenset({"delete-volumes"}))
    assert rows(list(RESOURCE.removal(Docker(), converged(mac), before, world)))[-1] == (
        "docker.model.abababababab",
        "delete",
        ["sha256"],
    )


def test_an_image_that_a_strangers_container_was_made_from_is_never_taken_away() -> None:
    mac, tag = a_mac(), "localhost/carbon-fleet/venus:0123456789abcdef"
    theirs = {"theirs": ContainerSeen("exited", image=tag)}
    seen = replace(converged(mac), images=(tag,), containers={**converged(mac).containers, **theirs})
    (notice,) = findings(mac, seen)
    assert isinstance(notice, Notice)
    assert (notice.address, notice.code) == ("docker.image.venus", "IMAGE_USED_BY_OTHERS")
    assert "the container theirs was made from it" in notice.what
    assert rows(findings(mac, replace(seen, containers=converged(mac).containers))) == [
        ("docker.image.venus", "delete", ["tag"])
    ]
    before = {"docker.app": True, "docker.engine": True, "docker.settings": {}}
    only = replace(seen, containers=theirs, volumes={}, files={})
    assert [
        one.code
        for one in RESOURCE.removal(Docker(), only, before, World(mac, fingerprints()))
        if isinstance(one, Notice)
    ] == [notice.code]


def test_an_image_is_brought_from_the_mac_that_builds_it_in_the_same_engine() -> None:
    stacks = [{"name": "s", "gpu": "none", "containers": {"c": {"image": "llama"}}}]
    builder = a_mac(stacks=stacks)
    mac = a_mac(stacks=stacks, builder=replace(builder, name="mac-01"))
    seen = replace(converged(mac), images=())
    (change,) = [one for one in findings(mac, seen) if isinstance(one, Change)]
    assert (change.address, change.commands) == ("docker.image.llama", ())
    assert change.bring is not None, "and what it is made from stays where it is built"
    assert (change.bring.builder, change.bring.engine) == ("mac-01", "docker")
    others: tuple[dict[str, Any], ...] = ({"runtime": "podman-libkrun"}, {"platform": "linux/amd64"}, {"stacks": []})
    for other in others:
        alone = a_mac(stacks=stacks, builder=a_mac(**{"stacks": stacks, **other}))
        found = {one.address: one.bring for one in findings(alone, seen) if isinstance(one, Change)}
        assert found == {"docker.image.venus": None, "docker.image.llama": None}
