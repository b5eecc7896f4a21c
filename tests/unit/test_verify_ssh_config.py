"""The generated ssh_config, as OpenSSH itself reads it (`ssh -G`)."""

import subprocess
from pathlib import Path

import pytest

from carbon_fleet.spec import Lab, Mac, Position
from carbon_fleet.verify.ssh_config import write_config

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGrWmXn7Uq0cAq2Yqf0n5rPz0eO8cGZ3x0c9m2m8n1aB"


def lab_of(path: Path, mac: Mac) -> Lab:
    return Lab("lab", path / "lab.yml", {mac.name: mac}, lambda _mac, _path: Position("", 0, 0, ""))


def options(directory: Path, mac: Mac, home: Path | None = None) -> dict[str, str]:
    lab_folder = directory / "labs"
    lab_folder.mkdir(exist_ok=True)
    config = write_config(lab_of(lab_folder, mac), mac, directory)
    said = subprocess.run(["ssh", "-G", "-F", config, mac.host], capture_output=True, text=True, check=True).stdout
    return dict(line.split(" ", 1) for line in said.splitlines() if " " in line)


def test_address_user_key_and_sharing(tmp_path: Path) -> None:
    found = options(tmp_path, Mac("mac-01", "10.0.0.11", user="lab", port=2222, key="~/keys/id"))
    assert (found["hostname"], found["port"], found["user"]) == ("10.0.0.11", "2222", "lab")
    assert found["identityfile"] == str(Path("~/keys/id").expanduser())
    assert (found["identitiesonly"], found["batchmode"], found["stricthostkeychecking"]) == ("yes", "yes", "true")
    assert found["controlpath"] == str(tmp_path / "s")
    assert (found["controlpersist"], found["forwardagent"], found["requesttty"]) == ("no", "no", "false")


def test_a_relative_key_starts_at_the_lab_file(tmp_path: Path) -> None:
    assert options(tmp_path, Mac("m", "h", key="keys/id"))["identityfile"] == str(tmp_path / "labs" / "keys" / "id")


@pytest.mark.parametrize("name", ["a b", "per%cent", "%h", 'quo"te', "back\\slash", "it's", "ünï"])
def test_odd_folders_are_kept_whole(tmp_path: Path, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    found = options(folder, Mac("m", "h", host_key=KEY, key=str(folder / "id")))
    unescaped = {key: found[key].replace("%%", "%") for key in ("identityfile", "controlpath", "userknownhostsfile")}
    assert unescaped["identityfile"].strip('"') == str(folder / "id")
    assert unescaped["userknownhostsfile"].strip('"') == str(folder / "known_hosts")
    assert unescaped["controlpath"].strip('"') == str(folder / "s")


def test_a_pinned_key_is_the_only_one_trusted(tmp_path: Path) -> None:
    found = options(tmp_path, Mac("m", "10.0.0.1", port=2200, host_key=KEY))
    assert found["userknownhostsfile"] == str(tmp_path / "known_hosts")
    assert found["globalknownhostsfile"] == "/dev/null"
    assert (tmp_path / "known_hosts").read_text() == f"[10.0.0.1]:2200 {KEY}\n"


def test_a_pinned_key_on_the_usual_port_has_a_bare_address(tmp_path: Path) -> None:
    options(tmp_path, Mac("m", "10.0.0.1", host_key=KEY))
    assert (tmp_path / "known_hosts").read_text() == f"10.0.0.1 {KEY}\n"


def test_a_known_hosts_file_is_taken_from_beside_the_lab_file(tmp_path: Path) -> None:
    found = options(tmp_path, Mac("m", "h", known_hosts="hosts"))
    assert found["userknownhostsfile"] == str(tmp_path / "labs" / "hosts")


def test_without_either_the_users_own_files_count(tmp_path: Path) -> None:
    assert ".ssh/known_hosts" in options(tmp_path, Mac("m", "h"))["userknownhostsfile"]


def test_a_zone_in_an_address_is_no_token(tmp_path: Path) -> None:
    assert options(tmp_path, Mac("m", "fe80::1%en0"))["hostname"] == "fe80::1%en0"


def test_the_users_own_config_adds_and_does_not_overrule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    (home / ".ssh").mkdir(parents=True)
    text = (
        "Host h\n  ProxyJump gate\n  User other\n  StrictHostKeyChecking no\n  ControlMaster auto\n  ControlPersist 9\n"
    )
    (home / ".ssh" / "config").write_text(text)
    monkeypatch.setenv("HOME", str(home))
    found = options(tmp_path, Mac("m", "h", user="lab"))
    assert (found["user"], found["stricthostkeychecking"], found["controlpersist"]) == ("lab", "true", "no")
    assert found["proxyjump"] == "gate"


def test_what_is_ours_is_not_said_to_a_jump_host(tmp_path: Path) -> None:
    mac = Mac("m", "h", user="lab", port=2222, host_key=KEY)
    config = write_config(lab_of(tmp_path, mac), mac, tmp_path)
    said = subprocess.run(["ssh", "-G", "-F", config, "gate"], capture_output=True, text=True, check=True).stdout
    assert "port 22\n" in said
    assert "user lab\n" not in said
