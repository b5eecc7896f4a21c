"""Any YAML lab as a pyinfra inventory: `CARBON_LAB=lab.yml pyinfra inventories/lab.py deploy.py`."""

import os
from pathlib import Path

from carbon_fleet.engine.inventory import hosts_of
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.spec import LabError, load_lab

if not os.environ.get("CARBON_LAB"):
    raise SystemExit("which lab? say it: CARBON_LAB=inventories/lab.example.yml pyinfra inventories/lab.py deploy.py")
try:
    _lab = load_lab(Path(os.environ["CARBON_LAB"]), lab_sections())
except LabError as error:
    raise SystemExit("\n".join(str(fault) for fault in error.errors)) from None

# In capitals, as no group of a lab can be: pyinfra takes every list in this file as a group.
MACS = hosts_of(_lab, _lab.macs.values())
for _group in {group for mac in _lab.macs.values() for group in mac.groups}:
    # the lab's groups then work with its --limit
    globals()[_group] = [host for host in MACS if _group in _lab.macs[host[1]["carbon_mac"]].groups]
