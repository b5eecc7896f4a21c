"""files/deadline.pl: what a command ended with is what is told, at whatever moment it ended."""

import subprocess

from carbon_fleet.snapshot.script import deadline_program


def test_a_command_that_ends_as_the_alarm_comes_keeps_its_status() -> None:
    """The alarm comes each second: were it left on, it would now and then end perl before the status is told."""
    waits = [f"{0.98 + place / 2000}" for place in range(60)]
    command = ["perl", "-e", deadline_program(), "30", "sh", "-c", 'sleep "$0"; exit 7']
    started = [subprocess.Popen([*command, wait]) for wait in waits]
    assert {process.wait(30) for process in started} == {7}
