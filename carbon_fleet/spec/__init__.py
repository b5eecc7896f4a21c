"""What a lab should be: the lab file read, merged and validated. Imports nothing of the rest of carbon-fleet."""

from carbon_fleet.spec.base import Problem, RootWish, Wish, mistake
from carbon_fleet.spec.errors import LabError, LabFault
from carbon_fleet.spec.given import Given
from carbon_fleet.spec.health import Health
from carbon_fleet.spec.load import lab_from_text, load_lab
from carbon_fleet.spec.locked import LockedSet, LockFile
from carbon_fleet.spec.mac import Lab, Mac, Position, SectionSpec
from carbon_fleet.spec.quantity import Duration, Size
from carbon_fleet.spec.registry import Registry
from carbon_fleet.spec.schema import lab_schema
from carbon_fleet.spec.version import VersionBound
from carbon_fleet.spec.waiver import Waiver
from carbon_fleet.spec.words import (
    AbsolutePath,
    EnvName,
    FileMode,
    Formula,
    HomePath,
    Host,
    HostKey,
    Name,
    Port,
    Tap,
    Text,
    UserName,
)

__all__ = [
    "AbsolutePath",
    "Duration",
    "EnvName",
    "FileMode",
    "Formula",
    "Given",
    "Health",
    "HomePath",
    "Host",
    "HostKey",
    "Lab",
    "LabError",
    "LabFault",
    "LockFile",
    "LockedSet",
    "Mac",
    "Name",
    "Port",
    "Position",
    "Problem",
    "Registry",
    "RootWish",
    "SectionSpec",
    "Size",
    "Tap",
    "Text",
    "UserName",
    "VersionBound",
    "Waiver",
    "Wish",
    "lab_from_text",
    "lab_schema",
    "load_lab",
    "mistake",
]
