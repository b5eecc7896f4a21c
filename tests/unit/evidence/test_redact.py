"""Nothing that names a person, a machine or a network, and no secret, is left; hostile texts included."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carbon_fleet.evidence.collecting import without_files
from carbon_fleet.evidence.redact import Redactor

KNOWN = {"mac-studio-7": "<mac>", "10.0.0.11": "<host>", "alice": "<user>", "brisbane": "<lab>"}
KEY = "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW"


def redact(value: Any) -> Any:
    redactor = Redactor(KNOWN)
    redactor.learn(value)
    return redactor.redacted(value)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("ssh alice@10.0.0.11 failed", ["alice", "10.0.0.11"]),
        ("ALICE's shell, uid=501(Alice)", ["ALICE", "Alice"]),
        ("/Users/alice/.ssh/id_ed25519", ["alice"]),
        ("/private/home/bob/x", ["bob"]),
        ("host MAC-STUDIO-7.lab.example.local is up", ["MAC-STUDIO-7", "example"]),
        ("Alice\u2019s MacBook Pro and Bobs-Mac-mini", ["Alice", "Bobs"]),
        ("inet 192.168.64.3 netmask", ["192.168.64.3"]),
        ("inet6 fe80::1c2:ab:3 and 2001:db8::7", ["fe80", "2001:db8"]),
        ("ether a4:83:e7:12:34:56", ["a4:83:e7"]),
        ("Serial Number (system): C02XG2JHJG5H", ["C02XG2JHJG5H"]),
        ("serial_number=abc-123", ["abc-123"]),
        ("the board FVFXC2YRHV2D said so", ["FVFXC2YRHV2D"]),
        ("Hardware UUID: 564D2F1A-0A0B-4C3D-8E9F-001122334455", ["564D2F1A"]),
        ("mail bob.smith+x@example.org", ["bob.smith", "example.org"]),
        ("https://bob:hunter2@example.org/x", ["bob", "hunter2"]),
        ("password = 'correct horse'", ["correct", "horse"]),
        ('{"api_key": "abcdef"}', ["abcdef"]),
        ("Authorization: Bearer abc.def.ghi-jkl", ["abc.def"]),
        ("HF_TOKEN=hf_abcdefghijklmnopqrst", ["hf_abcdefgh"]),
        ("x ghp_abcdefghijklmnopqrstuvwx y", ["ghp_"]),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKx alice@host", ["AAAAC3", "alice"]),
        ("SHA256:uNiVztksCsDhcc0u9e8BrrJXAmpkEW0u9e8BrrJXAmp", ["uNiVztk"]),
        (f"-----BEGIN OPENSSH PRIVATE KEY-----\n{KEY}\n-----END OPENSSH PRIVATE KEY-----", ["b3Blbn"]),
        (f"-----BEGIN RSA PRIVATE KEY-----\n{KEY}", ["b3Blbn"]),
        (f"|{KEY}", ["b3Blbn"]),
        ("\x1b]0;alice\x07", ["alice"]),
    ],
)
def test_it_is_gone(text: str, gone: list[str]) -> None:
    said = redact(text)
    assert [word for word in gone if word in said] == []
    assert "<" in said


@pytest.mark.parametrize(
    "text",
    [
        "Virtio-GPU Venus (Apple M4)",
        "podman 6.1.1, krunkit 1.3.1, macOS 26.1 (25B78)",
        "measured at 2026-11-21T04:25:33+00:00 in 12:34:56",
        "127.0.0.1:2222 and ::1 and std::vector",
        "python@3.13 llvm@19 is a formula",
        "inputs 4e5061cf5ca0319230c73cdfd4e4cab093447285da21a05384e823309deb8966",
        "4e5061cf5ca0319230c73cdfd4e4cab093447285da21a05384e823309deb8966",
        "Mesa 26.0.8 (git-a1b2c3d) GFLOP/s 12.5, vendor 0x106b, 1048576 elements",
        "/opt/homebrew/Cellar/podman/6.1.1/bin/podman /Users/Shared/x",
        "GPU_CPU_SPEED MACHINE_IMAGE_UNKNOWN %section machine",
    ],
)
def test_what_is_evidence_stays(text: str) -> None:
    assert redact(text) == text


def test_a_key_across_lines_of_a_list_is_gone() -> None:
    said = redact(
        {"tail": ["-----BEGIN OPENSSH PRIVATE KEY-----", "c2hvcnQ=", "-----END OPENSSH PRIVATE KEY-----", "ok"]}
    )
    assert "c2hvcnQ" not in json.dumps(said)
    assert said["tail"][-1] == "ok"


def test_a_home_seen_anywhere_tells_a_name_that_is_gone_everywhere() -> None:
    said = redact({"a": ["user: zoe"], "b": {"c": "/Users/zoe/Library"}, "zoe": 1})
    assert "zoe" not in json.dumps(said)


def test_a_reports_own_fields_stay_though_an_account_is_called_so() -> None:
    said = redact({"lab": "x", "seconds": 1.5, "file": "/Users/lab/it", "none": None, "yes": True})
    assert said == {"lab": "x", "seconds": 1.5, "file": "/Users/<user>/it", "none": None, "yes": True}


def test_placeholders_are_not_redacted_again() -> None:
    redactor = Redactor({"user": "<host>", "host": "<user>"})
    once = redactor.redacted("/Users/someone/x 10.1.2.3")
    assert once == "/Users/<user>/x <address>"
    assert redactor.redacted(once) == once


def test_contents_of_files_do_not_travel() -> None:
    lines = ["%block file /Users/alice/x", "|YWxpY2U=", "%status file 0", "%block inspect", "|{}", "home=/Users/alice"]
    assert without_files(lines) == [lines[0], *lines[2:]]


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=100)
@given(JSON, st.sampled_from(sorted(KNOWN)), st.text(alphabet=" \n\t.,;:/\\\"'()[]{}|=@-_\x00\x1b", max_size=3))
def test_no_document_hides_a_known_name(value: Any, name: str, around: str) -> None:
    said = json.dumps(redact({"a": value, "b": [f"{around} {name} {around}", {f"x {name}": f"{name}{around}"}]}))
    assert name not in said.lower()
