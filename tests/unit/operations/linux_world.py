"""A Linux host with one container that has the GPU, as the resources see it."""

from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.spec import Lab, Mac
from carbon_fleet.spec.load import lab_from_text

LAB = """
lab: lab
defaults: {{user: lab}}
macs:
  mac-01: {{host: 10.0.0.1}}
  linux-01:
    host: 10.0.0.2
    runtime: linux-nvidia
    stacks: {stacks}
{more}
"""


def lab(stacks: str = "[carbon-base]", more: str = "") -> Lab:
    """A lab of a Mac and a Linux host; raises LabError."""
    return lab_from_text(LAB.format(stacks=stacks, more=more), lab_sections())


def host(stacks: str = "[carbon-base]", more: str = "") -> Mac:
    """The Linux host of `lab`."""
    return lab(stacks, more).mac("linux-01")
