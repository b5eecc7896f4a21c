"""A mirror to be filled, and the internet it is filled from."""

from dataclasses import dataclass
from pathlib import Path

from carbon_fleet.mirror.build import Build
from carbon_fleet.mirror.depot import Depot
from carbon_fleet.mirror.manifest import Manifest
from carbon_fleet.mirror.wants import Wants
from carbon_fleet.mirror.web import Web
from tests.mirror_upstream import (
    TAG,
    Upstream,
)

MESA = "https://archive.mesa3d.org/mesa-26.0.8.tar.xz"


@dataclass
class Site:
    internet: Upstream
    folder: Path
    wants: Wants
    failures: dict[str, str]
    said: list[str]

    def build(self) -> Manifest | None:
        depot = Depot(self.folder)
        with depot.building():
            web = Web(depot, self.internet.places, self.said.append)
            work = Build("lab", self.wants, depot, web, (TAG,), self.said.append)
            made = work.run()
        self.failures = work.failures
        return made

    def whole(self) -> Manifest:
        made = self.build()
        assert made is not None, self.failures
        return made
