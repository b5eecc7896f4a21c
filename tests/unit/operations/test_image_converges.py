import json
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from carbon_fleet.plan import Change, Finding, World
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot
from carbon_fleet.spec import Mac
from operations.image import ImagesSeen, differences
from operations.image.leftovers import leftovers
from operations.image.recipe import LABEL, recipes
from operations.image.wish import Images
from operations.stack.wish import Stacks
from tests.unit.model.image import apply, strategy_seen, strategy_wanted


def looked_at(mac: Mac, seen: ImagesSeen) -> World:
    listed = [
        {
            "Id": each.id,
            "Labels": {LABEL: each.inputs},
            "Names": list(each.tags),
            "Containers": each.containers,
            "RepoDigests": list(each.digests),
        }
        for each in seen
    ]
    section = Section("image", blocks={"images": Block("images", 0, (json.dumps(listed),))})
    return World(mac, Snapshot("m", {"image": section}, Guest.REACHED))


def after(seen: ImagesSeen, findings: Sequence[Finding]) -> ImagesSeen:
    for change in findings:
        assert isinstance(change, Change)
        seen = apply(seen, change)
    return seen


@given(st.data(), strategy_wanted(), st.sampled_from(["[]", '["vulkan-check"]']), st.booleans(), st.booleans())
def test_applying_the_changes_of_any_store_leaves_none(
    data: st.DataObject, wanted: Images, stacks: str, software: bool, elsewhere: bool
) -> None:
    sections: dict[str, BaseModel] = {"images": wanted, "stacks": Stacks.model_validate_json(stacks)}
    builder = Mac("b", accept_software_gpu=software, sections=sections) if elsewhere else None
    mac = Mac("m", accept_software_gpu=software, sections=sections, builder=builder)
    needed = {recipe.tag: "elsewhere" if recipe.pull else recipe.digest for recipe in recipes(mac)}
    seen = data.draw(strategy_seen(tuple(needed)))
    used = {tag for image in seen if image.containers for tag in image.tags}
    seen = after(seen, list(differences(wanted, seen, looked_at(mac, seen))))
    seen = after(seen, list(leftovers(looked_at(mac, seen))))
    assert list(differences(wanted, seen, looked_at(mac, seen))) == []
    assert list(leftovers(looked_at(mac, seen))) == []
    tags = {tag: image.inputs for image in seen for tag in image.tags}
    assert needed.items() <= tags.items()
    # Nothing in use and nothing foreign was removed.
    assert used - set(tags) == set()
    assert {tag for tag in tags if tag.startswith("localhost/carbon-fleet/")} <= set(needed) | used
