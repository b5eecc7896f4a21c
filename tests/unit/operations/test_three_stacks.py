"""Which runtime carries which of the three stacks everything is shown by: as `validate` says it, and as the docs do."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.spec import LabError, load_lab
from carbon_fleet.spec.runtime import RUNTIMES

STACKS = ("llama-server", "carbon-gpu", "carbon-compute")
PAGE = Path(__file__).parents[3] / "docs/runtimes.md"
NONE = "\N{EN DASH}"


def carried(folder: Path, runtime: str, stack: str) -> bool:
    """Whether a lab file with this stack on this runtime is valid; what is wrong with it names a runtime or a way."""
    mac: dict[str, Any] = {"host": "10.0.0.1", "user": "lab", "runtime": runtime, "stacks": [stack]}
    if stack == "llama-server":
        mac["models"] = {"tinyllama": {"url": "https://models.example/w.gguf", "sha256": "0" * 64}}
    if runtime == "native":
        mac["environments"] = {"ml-torch": {}}
    path = folder / "lab.yml"
    path.write_text(yaml.safe_dump({"lab": "three", "macs": {"mac-01": mac}}))
    try:
        load_lab(path, lab_sections())
    except LabError as error:
        said = str(error)
    else:
        return True
    assert "runtime" in said, said
    return False


def told() -> dict[str, set[str]]:
    """The table of the page: by runtime the stacks it carries."""
    lines = PAGE.read_text().split("## What a stack needs", 1)[1].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")][
        : len(RUNTIMES)
    ]
    return {
        row[0].strip("`"): {stack for stack, cell in zip(STACKS, row[1:], strict=True) if cell != NONE} for row in rows
    }


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_same_three_stacks_run_on_what_can_carry_them(runtime: str, tmp_path: Path) -> None:
    assert {stack for stack in STACKS if carried(tmp_path, runtime, stack)} == told()[runtime]
