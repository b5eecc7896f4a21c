"""A Mac's baseline: what its GPU did when it was first proved, and the versions that stood behind it.

One file a Mac, `baselines/LAB/MAC.json` in the state directory, written beside and renamed, readable by its owner only.
"""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from carbon_fleet.prove.figures import Figures
from carbon_fleet.report.kept import state_directory, write_private

FORMAT_VERSION = 1
UNKNOWN = "unknown"
"""A chip whose name the probe could not tell."""


class BadBaseline(Exception):
    """The file is there and is no baseline of this version, or cannot be read or written; the message says which."""


class Baseline(BaseModel):
    """The key (chip, device, what it was computed through, the stack's versions) and the figures."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format_version: int = FORMAT_VERSION
    measured_at: str
    chip: str
    device: str
    through: str
    versions: dict[str, str]
    figures: Figures

    def same_hardware(self, other: "Baseline") -> bool:
        """Whether figures of the two can be compared: the same device, by the same way, and no two known chips."""
        chips = {self.chip, other.chip} - {UNKNOWN}
        return len(chips) < 2 and (self.device, self.through) == (other.device, other.through)


def place(lab: str, mac: str) -> Path:
    """Where a Mac's baseline is. Names of labs and Macs are safe as names of files: the lab file allows no others."""
    return state_directory() / "baselines" / lab / f"{mac}.json"


def read_baseline(path: Path) -> Baseline | None:
    """The baseline in `path`; None when there is no such file. Raises `BadBaseline`."""
    try:
        kept = Baseline.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadBaseline(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in fault["loc"])
        raise BadBaseline(f"{path} is no baseline: {where + ': ' if where else ''}{fault['msg']}") from None
    if kept.format_version != FORMAT_VERSION:
        raise BadBaseline(f"{path} is a baseline of version {kept.format_version}; this is version {FORMAT_VERSION}")
    return kept


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Keep the baseline. Raises `BadBaseline`."""
    try:
        write_private(path, baseline.model_dump_json(indent=2) + "\n")
    except OSError as error:
        raise BadBaseline(f"{path} cannot be written: {error.strerror}") from error
