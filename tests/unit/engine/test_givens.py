"""Secrets looked up where carbon-fleet runs: variables, files, and programs of our own for sops and the keychain."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from carbon_fleet.engine import givens
from carbon_fleet.engine.givens import look_up, with_given
from carbon_fleet.spec import Given, Lab, Mac
from operations.secret.wish import Secret, Secrets
from operations.stack.wish import Stacks
from tests.unit.operations.run_section import program


def had(secret: Secret, beside: Path) -> str:
    found = look_up(secret, beside)
    assert found.value is not None, found
    return found.value


def not_had(secret: Secret, beside: Path) -> tuple[str, str]:
    found = look_up(secret, beside)
    assert found.value is None
    assert found.what
    assert found.write
    return found.what, found.write


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:{os.defpath}")
    return folder


def test_a_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret(source="env", name="LAB_TOKEN")
    monkeypatch.delenv("LAB_TOKEN", raising=False)
    what, write = not_had(secret, tmp_path)
    assert what == "the variable `LAB_TOKEN` is not set where carbon-fleet runs"
    assert "read -rs LAB_TOKEN && export LAB_TOKEN" in write
    monkeypatch.setenv("LAB_TOKEN", " its own ")
    assert had(secret, tmp_path) == " its own "
    monkeypatch.setenv("LAB_TOKEN", "")
    assert not_had(secret, tmp_path)[0] == "the variable `LAB_TOKEN` is empty"


def test_a_default_password_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_TOKEN", "Carbon123#")
    what, write = not_had(Secret(source="env", name="LAB_TOKEN"), tmp_path)
    assert what == "the variable `LAB_TOKEN` is a password everybody knows"
    assert "source: generate" in write
    assert "Carbon123#" not in what + write


@pytest.mark.parametrize("written", ["one line", "one line\n", "one line\r\n"])
def test_a_file_without_its_last_line_end(tmp_path: Path, written: str) -> None:
    (tmp_path / "token").write_bytes(written.encode())
    (tmp_path / "token").chmod(0o600)
    assert had(Secret(source="file", name="token"), tmp_path) == "one line"
    assert had(Secret(source="file", name=str(tmp_path / "token")), Path("/nowhere")) == "one line"


def test_a_file_may_have_several_lines(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("one\ntwo\n\n")
    (tmp_path / "key").chmod(0o640)
    assert had(Secret(source="file", name="key"), tmp_path) == "one\ntwo\n"


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"a\0b", "is no text"),
        (b"\xff\xfe", "is no text"),
        (b"x" * 500_001, "is more than 500000 bytes"),
    ],
)
def test_a_file_that_holds_no_secret(tmp_path: Path, content: bytes, says: str) -> None:
    (tmp_path / "token").write_bytes(content)
    (tmp_path / "token").chmod(0o600)
    assert says in not_had(Secret(source="file", name="token"), tmp_path)[0]


def test_a_file_that_cannot_be_taken(tmp_path: Path) -> None:
    secret = Secret(source="file", name="token")
    what, write = not_had(secret, tmp_path)
    assert what.endswith("cannot be read: No such file or directory")
    assert write.startswith("put the secret there: (umask 077 && cat >")
    (tmp_path / "token").write_text("x")
    (tmp_path / "token").chmod(0o644)
    assert not_had(secret, tmp_path) == (
        f"the file `{tmp_path}/token` can be read by everybody",
        f"chmod go= {tmp_path}/token",
    )
    (tmp_path / "folder").mkdir(0o700)
    assert not_had(Secret(source="file", name="folder"), tmp_path)[0].endswith("cannot be read: Is a directory")


SOPS = Secret(source="sops", name="s.yml", key='["a"]["b"]')


def test_sops_is_asked_for_one_value(tmp_path: Path, programs: Path) -> None:
    program(programs, "sops", 'printf "%s\\n" "$@" >"$(dirname "$0")/asked"; echo its value')
    assert had(SOPS, tmp_path) == "its value"
    assert (programs / "asked").read_text().splitlines() == ["-d", "--extract", '["a"]["b"]', f"{tmp_path}/s.yml"]


def test_sops_that_does_not_tell(tmp_path: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(programs))
    assert not_had(SOPS, tmp_path) == (
        "`sops` cannot be run: No such file or directory",
        "install it: brew install sops",
    )
    program(programs, "sops", "echo 'Failed to get the data key' >&2; exit 128")
    what, write = not_had(SOPS, tmp_path)
    assert what == '`sops` does not give in the sops file `s.yml ["a"]["b"]`: Failed to get the data key'
    assert write == f'try it: sops -d --extract \'["a"]["b"]\' {tmp_path}/s.yml'
    monkeypatch.setenv("PATH", f"{programs}:{os.defpath}")
    monkeypatch.setattr(givens, "SECONDS", 0.2)
    program(programs, "sops", "exec sleep 20")
    assert "it may wait for somebody" in not_had(SOPS, tmp_path)[0]


def test_a_keychain(tmp_path: Path, programs: Path) -> None:
    program(programs, "security", 'printf "%s\\n" "$@" >"$(dirname "$0")/asked"; echo its value')
    assert had(Secret(source="keychain", name="carbon-lab", key="me"), tmp_path) == "its value"
    words = ["find-generic-password", "-s", "carbon-lab", "-a", "me", "-w"]
    assert (programs / "asked").read_text().splitlines() == words
    program(programs, "security", "echo 'security: SecKeychainSearchCopyNext: not found' >&2; exit 44")
    what, write = not_had(Secret(source="keychain", name="carbon-lab"), tmp_path)
    assert "not found" in what
    assert "security add-generic-password -s carbon-lab -a $USER -w" in write


def test_each_is_looked_up_once_and_only_where_it_is_used(tmp_path: Path, programs: Path) -> None:
    program(programs, "sops", 'echo asked >>"$(dirname "$0")/asked"; echo its value')
    macs = [_mac(f"mac-{number}", {"TOKEN": "token"}) for number in range(3)] + [_mac("mac-3", {})]
    lab = Lab("l", tmp_path / "lab.yml", {mac.name: mac for mac in macs}, lambda *_: (_ for _ in ()).throw(KeyError))
    found = with_given(lab, macs)
    assert (programs / "asked").read_text().splitlines() == ["asked"]
    assert [mac.given for mac in found] == [{"token": Given("its value")}] * 3 + [{}]
    assert found == macs, "what was looked up is no part of a Mac's wish"
    assert "its value" not in repr(found)


def _mac(name: str, secrets: dict[str, str]) -> Mac:
    containers: dict[str, Any] = {"web": {"image": "docker.io/library/nginx:1", "secrets": secrets}}
    stacks = Stacks.model_validate_json(json.dumps([{"name": "shop", "containers": containers}]))
    wished = Secrets({"token": SOPS, "unused": Secret(source="env", name="LAB_UNUSED")})
    return Mac(name, sections={"stacks": stacks, "secrets": wished})
