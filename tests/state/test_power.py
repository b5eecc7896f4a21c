"""When the Mac sleeps and wakes on wall power, where the lab file says anything of it."""

import re

import pytest
from testinfra.host import Host

from carbon_fleet.verify.wish import PowerSetting

PMSET = {
    "sleep": "sleep",
    "display_sleep": "displaysleep",
    "disk_sleep": "disksleep",
    "wake_on_lan": "womp",
    "restart_after_power_failure": "autorestart",
}
"""The lab file's name of a setting → pmset's."""


@pytest.mark.remedy("run `carbon-fleet apply {lab} --limit {mac}`")
def test_power_setting(mac: Host, power_setting: PowerSetting) -> None:
    key, wanted = PMSET[power_setting.name], power_setting.value
    wall = mac.check_output("pmset -g custom").partition("AC Power:\n")[2]
    found = re.match(rf"(?: .*\n)*? {key} +([0-9]+)(?:\n|$)", wall)
    seen = int(found[1]) if found else 0
    assert seen == wanted, f"pmset says {key} is {seen} on wall power; the lab wants {wanted}"
