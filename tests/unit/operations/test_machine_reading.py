"""Transcripts of the machine section: what is read, what is refused, what is somebody else's to move."""

from dataclasses import replace

import pytest

from carbon_fleet.plan import Refusal
from carbon_fleet.snapshot import Guest, Hop
from operations.machine.config import config_of, passed_over
from operations.machine.seen import Processes
from tests.unit.operations.machine_world import (
    CONFIG,
    IDENTITY,
    RUNNING,
    STOPPED,
    found_in,
    seen_in,
    snapshot,
)

NEVER_STOPPED = replace(CONFIG, ever_stopped=False)
IN_TRANSCRIPTS = {
    "running-v6": RUNNING,
    "running-v5-never-stopped": replace(RUNNING, config=NEVER_STOPPED),
    "byte-strings": RUNNING,
    "stopped": STOPPED,
    "starting-stuck": replace(
        STOPPED, config=replace(CONFIG, starting=True), processes=Processes({}, {"carbon": 4710})
    ),
    "default-is-user-connection": replace(RUNNING, default="carbon"),
    "no-podman-but-machine": replace(STOPPED, podman=False),
    "made-but-not-noted": replace(STOPPED, mark="making"),
    "made-from": replace(RUNNING, made_from="quay.io/lab/os:1"),
    "made-from-another-machine": RUNNING,
    "connections-missing": replace(STOPPED, connections={}, default=""),
    "connections-empty": replace(STOPPED, connections={}, default=""),
}


@pytest.mark.parametrize("name", IN_TRANSCRIPTS)
def test_a_transcript_is_read(name: str) -> None:
    assert seen_in(name) == IN_TRANSCRIPTS[name]


def test_the_way_into_the_guest_is_the_one_inspect_told() -> None:
    assert snapshot("running-v6").hop == Hop(IDENTITY, 50022)
    assert snapshot("stopped").hop is None
    assert snapshot("stopped").guest is Guest.STOPPED
    assert snapshot("absent").guest is Guest.ABSENT


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("deadline-while-running", "podman machine inspect (its deadline passed)"),
        ("deadline-without-machine", "podman machine inspect (its deadline passed)"),
        ("garbage", "inspect: not JSON"),
        ("empty-list-status-0", "not a list of one machine"),
        ("connections-garbage", "does not hold podman's connections"),
        ("connections-link", "is a link, not a regular file"),
        ("ps-failed", "ps could not say"),
        ("unknown-shape", "not in a shape known of podman 5 and 6"),
        ("podman-knows-more", "a machine whose file was not found"),
    ],
)
def test_what_cannot_be_seen_is_refused_not_assumed(name: str, says: str) -> None:
    (refusal,) = found_in(name)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "MACHINE_UNREADABLE"
    assert says in refusal.what


@pytest.mark.parametrize(
    ("name", "code", "what", "remedy"),
    [
        ("endpoint-stranger", "MACHINE_ENDPOINT_TAKEN", "http://localhost:54321", "lsof -nP -iTCP:54321 -sTCP:LISTEN"),
        ("endpoint-silent", "MACHINE_ENDPOINT_TAKEN", "its deadline passed", "lsof"),
        ("foreign-json", "MACHINE_FOREIGN_FILE", "carbon.json.bak.json", "mv /Users/lab/.config"),
        ("backup-copy", "MACHINE_FOREIGN_FILE", "carbon-old.json", "~/carbon-old.json"),
        ("big-json", "MACHINE_FOREIGN_FILE", "dump.json", "mv "),
        ("configuration-broken", "MACHINE_CONFIGURATION_BROKEN", "containers.conf.d/95-e.conf", "correct the file"),
        ("broken", "MACHINE_FILE_BROKEN", "carbon.json", "from a backup"),
        ("other-running", "MACHINE_OTHER_RUNNING", "`other` (process 812)", "podman machine stop other"),
        (
            "connection-of-somebody",
            "MACHINE_CONNECTION_TAKEN",
            "ssh://root@db.example",
            "connection rename carbon-root",
        ),
    ],
)
def test_what_is_somebody_elses_to_move_is_refused(name: str, code: str, what: str, remedy: str) -> None:
    (refusal,) = found_in(name)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert what in refusal.what
    assert remedy in refusal.remedy
    assert refusal.why


@pytest.mark.parametrize(
    "name", ["running-v6", "running-v5-never-stopped", "byte-strings", "made-from-another-machine"]
)
def test_a_machine_as_wished_has_no_differences(name: str) -> None:
    assert found_in(name) == ()


def test_a_file_that_podman_passes_over_stands_in_nobodys_way() -> None:
    assert seen_in("foreign-without-version").foreign == ()


@pytest.mark.parametrize(
    ("content", "passed"),
    [
        (b"{}", True),  # tests/transcripts/podman-5.4.2/files-foreign.txt
        (b"null", True),  # …/files-null.txt
        (b'{"note": "before the upgrade"}', True),
        (b"nonsense", False),  # …/files-garbage.txt
        (b"[]", False),  # …/files-other-type.txt
        (b"", False),
        (b'{"VERSION": 1, "name": "old"}', False),
        (b'{"Created": "yesterday"}', False),
    ],
)
def test_podman_passes_over_what_has_nothing_of_a_machine(content: bytes, passed: bool) -> None:
    assert passed_over(content) is passed


def test_the_provider_is_the_folder_of_the_file_whatever_the_answer_says() -> None:
    file = {"Resources": {"CPUs": 1, "Memory": 2048, "DiskSize": 10}}
    answer = {"ConfigDir": {"Path": "/Users/lab/.config/containers/podman/machine/applehv"}}
    path = "/Users/lab/.config/containers/podman/machine/libkrun/carbon.json"
    assert config_of(path, file, answer).provider == "libkrun"
