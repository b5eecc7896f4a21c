"""A lab as pyinfra knows it: paths as the lab file means them, host keys never guessed."""

import stat
from pathlib import Path

import pytest

from carbon_fleet.engine.inventory import hosts_of
from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.spec import Lab, load_lab

KEY = "ssh-ed25519 " + "A" * 68
LAB = f"""
lab: l
defaults: {{user: lab, key: ~/keys/id, known_hosts: ~/known}}
macs:
  plain: {{host: 10.0.0.1}}
  pinned: {{host: mac.local, port: 2222, host_key: {KEY}}}
  standard: {{host: 10.0.0.2, host_key: {KEY}}}
  here: {{host: local}}
"""


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    (tmp_path / "lab.yml").write_text(LAB)
    return load_lab(tmp_path / "lab.yml", lab_sections())


def test_names_connectors_and_paths(lab: Lab, tmp_path: Path) -> None:
    hosts = dict(hosts_of(lab, lab.macs.values()))
    assert list(hosts) == ["@carbon-mac/plain", "@carbon-mac/pinned", "@carbon-mac/standard", "@carbon-local/here"]
    assert hosts["@carbon-mac/plain"] == {
        "carbon_lab": str(tmp_path / "lab.yml"),
        "carbon_mac": "plain",
        "ssh_hostname": "10.0.0.1",
        "ssh_port": 22,
        "ssh_user": "lab",
        "ssh_key": str(Path.home() / "keys/id"),
        "ssh_known_hosts_file": str(Path.home() / "known"),
        "ssh_strict_host_key_checking": "yes",
    }
    assert set(hosts["@carbon-local/here"]) == {"carbon_lab", "carbon_mac"}


def test_pinned_keys_are_in_a_file_of_their_own_that_only_we_read(lab: Lab) -> None:
    hosts = dict(hosts_of(lab, lab.macs.values()))
    file = Path(hosts["@carbon-mac/pinned"]["ssh_known_hosts_file"])
    assert file.read_text().splitlines() == [f"[mac.local]:2222 {KEY}", f"10.0.0.2 {KEY}"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert hosts["@carbon-mac/standard"]["ssh_known_hosts_file"] == str(file)


def test_no_pin_no_file(lab: Lab) -> None:
    (host,) = hosts_of(lab, [lab.mac("plain")])
    assert host[1]["ssh_known_hosts_file"] == str(Path.home() / "known")
