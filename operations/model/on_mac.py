"""Models that are read on the Mac itself, outside any Podman machine: files by content, each beside its note.

A runtime has a folder of its own for them, so that none removes another's; each file is a hard link to the one in the
Mac's cache, and takes no room of its own. A look does not read gigabytes: what was checked is noted with its size,
time and inode (`files/model/keep-on-mac.sh`), and a file that still has these is taken for it.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from carbon_fleet import assets
from carbon_fleet.plan import Action, Attribute, Change, Command, Delivery, mac, shell
from carbon_fleet.snapshot import Section
from carbon_fleet.spec import Mac
from carbon_fleet.spec.runtime import RuntimeName
from operations.model.checks import needed
from operations.model.wish import Model, Models

SECONDS = 900
"""Long enough to read a hundred gigabytes of a Mac's disk."""


@dataclass(frozen=True)
class Store:
    """Where a runtime's stacks find models: `name` begins its addresses, `folder` is below the login user's home."""

    name: str
    runtime: RuntimeName
    folder: str

    def needed(self, on: Mac) -> tuple[tuple[str, Model], ...]:
        """The models that its stacks name, by name."""
        return needed(on.section("models", Models), on, self.runtime)

    def sums(self, on: Mac) -> frozenset[str]:
        """Their sha256s."""
        return frozenset(model.sha256 for _, model in self.needed(on))

    def missing(self, there: Mapping[str, bool], on: Mac) -> Iterator[Change]:
        """Models that are missing, or not what was checked: brought to the Mac's cache, and kept from there."""
        done: set[str] = set()
        for name, model in self.needed(on):
            sha256 = model.sha256
            if sha256 in done or there.get(sha256):
                continue
            done.add(sha256)
            found = sha256 in there
            attribute = Attribute("file", "another than was checked" if found else None, sha256)
            delivery = Delivery(
                name, sha256, model.source(on.mirror), int(model.size or 0), by_mac=model.fetch == "mac"
            )
            action, reason = Action.UPDATE if found else Action.CREATE, f"a stack needs the model {name}"
            command, address = self.keep(sha256), f"{self.name}.model.{name}"
            yield Change(address, action, (attribute,), reason, (command,), deliveries=(delivery,))

    def leftovers(self, there: Collection[str], wanted: Collection[str]) -> Iterator[Change]:
        """The removal of each model that no stack names any more. The Mac's cache is kept."""
        for sha256 in sorted({*there} - {*wanted}):
            attribute, reason = Attribute("sha256", sha256, None), "no stack of this Mac names it any more"
            address = f"{self.name}.model.{sha256[:12]}"
            yield Change(address, Action.DELETE, (attribute,), reason, (self.forget(sha256),))

    def keep(self, sha256: str) -> Command:
        """Keep a model of the Mac's cache where its programs read it."""
        argv = shell(assets.text("model/keep-on-mac.sh"), sha256, self.folder)
        return mac(*argv, says="keep the model where programs read it", deadline=SECONDS)

    def forget(self, sha256: str) -> Command:
        """Remove a model, and the note of what was checked."""
        argv = shell(assets.text("model/forget-on-mac.sh"), sha256, self.folder)
        return mac(*argv, says="remove the model")


def kept(section: Section) -> Mapping[str, bool]:
    """What `cf_models` (`files/probe/lib.sh`) told: by sha256, whether a file is still what was checked."""
    checked = dict(fact.partition(" ")[::2] for fact in section.all("checked"))
    files = (fact.partition(" ")[::2] for fact in section.all("model"))
    return {sha256: checked.get(sha256) == state.rpartition(" ")[0] for sha256, state in files}
