"""Models: each is in the machine, and is what its sha256 says, read once more from its first byte to its last."""

import pytest
from testinfra.host import Host

from carbon_fleet.verify.wish import Model

pytestmark = pytest.mark.remedy("run `carbon-fleet apply {lab} --limit {mac}`")
READ_SECONDS = 300
"""Tens of GiB at the speed of a laptop's disk."""


def test_model_is_what_its_sum_says(vm: Host, model: tuple[str, Model]) -> None:
    name, wished = model
    assert vm.run("test -f %s", wished.place).rc == 0, f"the model {name} is not there: {wished.place}"
    found = vm.run("sha256sum %s", wished.place, deadline=READ_SECONDS).stdout.split()[:1]
    assert found == [wished.sha256], f"the model {name} is another file: its sha256 is {''.join(found) or 'unknown'}"
