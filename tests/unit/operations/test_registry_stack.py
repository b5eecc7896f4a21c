"""The stack `registry`: its unit, and what its start makes of the secret, under every sh."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet import assets
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.spec import LabError, Mac, lab_from_text
from operations.stack.quadlet import units
from operations.stack.wish import Stacks
from tests.unit.operations.run_section import SHELLS

SECRET = {"registry-htpasswd": {"source": "file", "name": "registry.htpasswd"}}


def a_mac(secrets: dict[str, Any], **more: Any) -> Mac:
    mac = {"host": "local", "secrets": secrets, "stacks": [{"name": "registry", **more}]}
    return lab_from_text(json.dumps({"lab": "l", "macs": {"m": mac}}), lab_sections()).macs["m"]


def lines(**more: Any) -> list[str]:
    mac = a_mac(SECRET, **more)
    (unit,) = units(mac.section("stacks", Stacks), mac)
    return unit.text.splitlines()


def test_it_is_this_macs_alone_unless_the_lab_says_otherwise_and_keeps_its_data() -> None:
    found = lines()
    assert "Image=docker.io/library/registry:2.8.3" in found
    assert "PublishPort=127.0.0.1:5000:5000" in found
    assert "Volume=registry:/var/lib/registry" in found
    assert {"DropCapability=all", "NoNewPrivileges=true", "ReadOnly=true"} <= set(found)
    (secret,) = [line for line in found if line.startswith("Secret=")]
    assert "registry-htpasswd,type=mount,target=/run/secrets/registry-htpasswd" in secret
    shared = lines(expose="lan", settings={"port": 5050, "image": "docker.io/library/registry:3.0.0"})
    assert [line for line in shared if line.startswith("PublishPort=") and line.endswith("5050:5000")]
    assert "Image=docker.io/library/registry:3.0.0" in shared


def test_a_made_up_secret_is_refused_with_how_to_make_a_right_one() -> None:
    with pytest.raises(LabError, match=r"by which a registry knows who logs in, is a generated one.*htpasswd -nB USER"):
        a_mac({})


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("text", "status"),
    [("lab:$2y$05$abcdefghijklmnopqrstuv\n", 0), ("lab:{SHA}x\n", 78), ("k4rY7mUwqZ\n", 78), ("", 78)],
)
def test_it_starts_only_with_hashes_it_can_compare(
    shell: tuple[str, ...], text: str, status: int, tmp_path: Path
) -> None:
    (tmp_path / "logins").write_text(text)
    (tmp_path / "registry").write_text('#!/bin/sh\necho "$@" && cat "$2"\n')
    (tmp_path / "registry").chmod(0o755)
    script = assets.text("stacks/registry.sh").replace("/tmp/config.yml", str(tmp_path / "config.yml"))
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "REGISTRY_AUTH_HTPASSWD_PATH": str(tmp_path / "logins")}
    line = [*shell[:-1], "-c", script, "registry"]
    ran = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60)
    assert ran.returncode == status, ran.stderr
    if status:
        assert "htpasswd -nB USER" in ran.stderr
    else:
        assert f'path: "{tmp_path}/logins"' in ran.stdout
