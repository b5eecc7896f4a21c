"""The secret section and the scripts of secrets for real, under every kind of sh, with a home of our own."""

import base64
import hashlib
import hmac
import os
import re
import subprocess
from pathlib import Path

import pytest

from carbon_fleet import assets
from carbon_fleet.plan import Where, guest, render
from carbon_fleet.snapshot import Hop
from carbon_fleet.snapshot.script import script_text
from operations.secret.seen import SecretSeen, SecretsSeen, read
from tests.unit.operations.run_section import SHELLS, program, run_section

FOLDER = ".config/carbon-fleet/secrets"
VALUE = 'it\'s a "value" $HOME\n\nwith lines, ünïcode and a % sign'
PODMAN = """
[ "$1 $2" = "secret create" ] || exit 3
printf '%s\\n' "$*" | sed 's/ [^ ]*$//' >>"$HOME/asked"
for last; do :; done
cat "$last" >"$HOME/podman-has"
"""
each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))


def run(
    shell: tuple[str, ...], home: Path, script: str, *arguments: str, stdin: str = ""
) -> "subprocess.CompletedProcess[str]":
    argv = [*shell[:-1], "-c", assets.text(f"secret/{script}.sh"), "sh", *arguments]
    env = {"HOME": str(home), "PATH": f"{home}/bin:{os.defpath}"}
    return subprocess.run(argv, input=stdin, env=env, text=True, capture_output=True, timeout=30, check=False)


def on_mac(shell: tuple[str, ...], home: Path, *arguments: str, stdin: str = "") -> str:
    done = run(shell, home, "mac", *arguments, stdin=stdin)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def sent(value: str) -> str:
    return f"{base64.b64encode(value.encode()).decode()}\n.\n"


def look(shell: tuple[str, ...], home: Path, names: str, given: dict[str, str] | None = None) -> SecretsSeen:
    lines = [f"{name} {base64.b64encode(value.encode()).decode()}\n" for name, value in (given or {}).items()]
    variables = {
        "CF_SECRET_NAMES": names,
        "CF_SECRET_GIVEN": "".join(lines),
        "CF_SECRET_LOOK": script_text("secret/look.pl"),
    }
    return read(run_section(shell, "secret", variables, home=home))


@each_shell
def test_where_nothing_is_used_nothing_is_looked_at(tmp_path: Path, shell: tuple[str, ...]) -> None:
    assert look(shell, tmp_path, "") == SecretsSeen()


@each_shell
def test_from_nothing_to_what_is_there(tmp_path: Path, shell: tuple[str, ...]) -> None:
    assert look(shell, tmp_path, "one") == SecretsSeen(secrets={"one": SecretSeen()})
    on_mac(shell, tmp_path, "prepare")
    on_mac(shell, tmp_path, "make", "one", "32")
    on_mac(shell, tmp_path, "keep", "two", stdin=sent(VALUE))
    assert (tmp_path / FOLDER / "two").read_text() == VALUE
    seen = look(shell, tmp_path, "one two three", {"two": VALUE, "one": VALUE, "three": VALUE})
    assert seen.folder == SecretSeen("directory", "0700")
    assert seen.key
    key = (tmp_path / FOLDER / ".key").read_bytes()
    print_ = hmac.new(key, VALUE.encode(), hashlib.sha256).hexdigest()
    assert seen.of("two") == SecretSeen("regular", "0600", "", print_, "same")
    assert (seen.of("one").given, seen.of("three")) == ("other", SecretSeen())
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / FOLDER).iterdir()} == {0o600}


@each_shell
def test_what_is_odd_is_told(tmp_path: Path, shell: tuple[str, ...]) -> None:
    on_mac(shell, tmp_path, "prepare")
    folder = tmp_path / FOLDER
    (folder / "open").write_text("x")
    (folder / "open").chmod(0o644)
    (folder / "empty").touch(0o600)
    (folder / "link").symlink_to("open")
    (folder / "folder").mkdir()
    (folder / ".key").unlink()
    seen = look(shell, tmp_path, "open empty link folder")
    assert [seen.of(name).kind for name in ("open", "empty", "link", "folder")] == [
        "regular",
        "empty",
        "link",
        "directory",
    ]
    assert (seen.key, seen.of("open")) == (False, SecretSeen("regular", "0644"))
    on_mac(shell, tmp_path, "close", "open")
    assert look(shell, tmp_path, "open").of("open").mode == "0600"


@each_shell
def test_made_values_are_strong_different_and_harmless(tmp_path: Path, shell: tuple[str, ...]) -> None:
    on_mac(shell, tmp_path, "prepare")
    values = set()
    for length in (8, 32, 128):
        on_mac(shell, tmp_path, "again", "one", str(length))
        value = on_mac(shell, tmp_path, "show", "one")
        assert re.fullmatch(f"[A-HJ-NP-Za-km-z2-9]{{{length}}}", value)
        values.add(value)
    on_mac(shell, tmp_path, "make", "one", "32")
    assert on_mac(shell, tmp_path, "show", "one") in values, "what is there is not made anew"
    assert len(values) == 3


@each_shell
@pytest.mark.parametrize("stdin", ["", "aGVsbG8=", "aGVsbG8=\n", ".\n"])
def test_a_value_that_is_cut_off_replaces_nothing(tmp_path: Path, shell: tuple[str, ...], stdin: str) -> None:
    on_mac(shell, tmp_path, "prepare")
    on_mac(shell, tmp_path, "keep", "one", stdin=sent("before"))
    done = run(shell, tmp_path, "mac", "keep", "one", stdin=stdin)
    assert done.returncode == 1
    assert done.stderr.endswith("it was left as it was, run again\n")
    assert on_mac(shell, tmp_path, "show", "one") == "before"
    assert sorted(path.name for path in (tmp_path / FOLDER).iterdir()) == [".key", "one"]


@each_shell
def test_handing_on_sends_fingerprint_size_and_value(tmp_path: Path, shell: tuple[str, ...]) -> None:
    on_mac(shell, tmp_path, "prepare")
    on_mac(shell, tmp_path, "keep", "one", stdin=sent(VALUE))
    head, _, value = on_mac(shell, tmp_path, "tell", "one").partition("\n")
    print_ = look(shell, tmp_path, "one").of("one").fingerprint
    assert (head, value) == (f"{print_} {len(VALUE.encode())}", VALUE)
    absent = run(shell, tmp_path, "mac", "tell", "two")
    assert absent.returncode != 0
    assert absent.stdout == ""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which the machine's script finds its folders, and a podman that keeps what it is given."""
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "podman", PODMAN)
    text = assets.text("secret/machine.sh")
    moved = text.replace("/var/lib/carbon-fleet/secrets", f"{tmp_path}/labels").replace("/run/", f"{tmp_path}/")
    monkeypatch.setattr(assets, "text", lambda name: moved if name == "secret/machine.sh" else text)
    return tmp_path


@each_shell
def test_the_machine_takes_a_whole_value_or_none(machine: Path, shell: tuple[str, ...]) -> None:
    size = len(VALUE.encode())
    done = run(shell, machine, "machine", "take", "one", stdin=f"abc {size}\n{VALUE}")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (machine / "podman-has").read_text() == VALUE
    asked = "secret create --replace --label io.carbon-fleet.fingerprint=abc carbon-fleet-one\n"
    assert (machine / "asked").read_text() == asked
    label = machine / "labels" / "one"
    assert label.read_text() == "io.carbon-fleet.secret.one=abc\n"
    for cut in ("", "abc", f"abc {size}\n", f"abd {size}\n{VALUE[:-1]}"):
        done = run(shell, machine, "machine", "take", "one", stdin=cut)
        assert done.returncode == 75
        assert "only a part of the secret one came" in done.stderr
    assert (machine / "asked").read_text() == asked
    assert label.read_text() == "io.carbon-fleet.secret.one=abc\n"
    assert sorted(path.name for path in machine.iterdir()) == ["asked", "bin", "labels", "podman-has"]


def test_what_is_fed_goes_from_the_mac_into_the_machine_alone(tmp_path: Path) -> None:
    """The rendered line for real, with an ssh that runs what it is given in place of the machine."""
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "ssh", 'for last; do :; done\nexec /bin/sh -c "$last"')
    command = guest("cat", fed=("printf", "%s|%s", "a b", "it's"))
    assert str(command) == "printf '%s|%s' 'a b' 'it'\"'\"'s' | cat"
    line = render(command, Hop("/key", 22), str(tmp_path))
    done = subprocess.run(["/bin/sh", "-c", line], text=True, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "a b|it's", "")
    assert command.where is Where.GUEST
