"""The scripts of a replacement for real, under every kind of sh: the machine's ssh and podman are programs of ours."""

import json
import subprocess
from pathlib import Path

import pytest

from operations.machine.replacement import aside, bring, save, settle
from operations.machine.wish import Machine
from tests.unit.operations.run_section import program
from tests.unit.operations.test_machine_scripts import Mac, each_shell

WANTED = Machine()
PODMAN = """echo "$*" >>"$HOME/asked"
case "$*" in
"volume ls -q") echo data; echo nfs ;;
"volume inspect --format {{.Name}}"*nfs) echo 'nfs|local|/none|{"type":"nfs"}|{}' ;;
"volume inspect --format {{.Name}}"*) echo 'data|local|PLACE|{}|{"who":"a \\u003cb\\u003e \\"c\\"","x":"1"}' ;;
"volume inspect --format {{.Mountpoint}}"*) echo "NEW" ;;
"volume export data") tar -C "PLACE" -cf - . ;;
"volume exists"*) exit 1 ;;
"volume create"*) mkdir -p "NEW" ;;
"volume import data -") tar -C "NEW" -xf - ;;
"ps -a --format"*) echo theirs ;;
"inspect --type container theirs") echo '[{"Name": "theirs"}]' ;;
"inspect --type container --format {{index"*) ;;
"inspect --type container --format {{.Name}}"*) cat "$HOME/typed" ;;
"container exists"*) exit 1 ;;
esac
"""
DOCUMENT = {
    "Name": "carbon", "Version": 1, "Created": "today", "Starting": False, "HostUser": {"Rootful": True, "UID": 501},
    "SSH": {"IdentityPath": "/keys/machine", "Port": 50022, "RemoteUsername": "core"},
}  # fmt: skip


class Full(Mac):
    """A Mac with a machine that has a disk, and a volume with files in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.place, self.new = folder / "old volume", folder / "new volume"
        (self.place / "sub").mkdir(parents=True)
        (self.place / "sub/file").write_bytes(bytes(range(256)) * 100)
        (self.place / "link").symlink_to("sub/file")
        self.disk = self.data / "libkrun/carbon-arm64.raw"
        self.make("old")
        (self.data / "libkrun/efi-bl-carbon").write_text("efi")
        self.json.with_suffix(".ign").write_text("ign")
        self.podman(PODMAN.replace("PLACE", str(self.place)).replace("NEW", str(self.new)))
        program(self.bin, "ssh", 'for last; do :; done\nexec sh -c "$last"')
        (folder / "typed").write_text("")
        self.replaced = folder / ".local/state/carbon-fleet/replaced/carbon"
        self.note = self.mark.with_suffix(".replacing")

    def make(self, disk: str) -> None:
        """A machine with this on its disk, in podman's folders."""
        self.json.write_text(json.dumps({**DOCUMENT, "ImagePath": {"Path": str(self.disk)}}))
        self.disk.write_text(disk)

    def asked(self) -> str:
        return (self.folder / "asked").read_text()


@pytest.fixture
def mac(tmp_path: Path) -> Full:
    return Full(tmp_path)


@each_shell
def test_a_machine_is_saved_set_aside_filled_and_comes_back(mac: Full, shell: tuple[str, ...]) -> None:
    """All within one second, too: what is put back and what makes place for it never share a folder."""
    stands = 'echo >>"$HOME/dates"; [ "$(wc -l <"$HOME/dates")" -gt 2 ] || { echo 20260101T000000Z; exit; }'
    program(mac.bin, "date", f'case $1 in -u) {stands} ;; esac\nexec /bin/date "$@"')
    done = mac.does(save(WANTED, "libkrun"), shell)
    assert done.returncode == 0, done.stderr
    (kept,) = mac.replaced.iterdir()
    assert mac.note.read_text() == f"saved\n{kept}\n"
    assert (kept / "not-carried").read_text() == "root nfs\ncore nfs\n"
    assert (kept / "containers-root.json").read_text() == '[{"Name": "theirs"}]\n'
    assert {path.stat().st_mode & 0o077 for path in (kept, *kept.rglob("*"))} == {0}

    done = mac.does(aside(WANTED, "libkrun"), shell)
    assert done.returncode == 0, done.stderr
    assert mac.note.read_text().startswith("moved\n")
    assert not [*mac.json.parent.glob("*.json"), *mac.disk.parent.glob("*carbon*")]
    assert mac.does(aside(WANTED, "libkrun"), shell).returncode == 0, "once more is no harm"

    mac.make("new")
    done = mac.does(bring(WANTED), shell)
    assert done.returncode == 0, done.stderr
    assert (mac.new / "sub/file").read_bytes() == (mac.place / "sub/file").read_bytes()
    assert 'volume create --label=who=a <b> "c" --label=x=1 data' in mac.asked()

    assert mac.does(settle(WANTED), shell).returncode == 0
    assert not mac.note.exists()
    assert not list(kept.rglob("*.tar"))

    env = {"HOME": str(mac.folder), "PATH": f"{mac.bin}:/usr/bin:/bin"}
    argv = [*shell[:-1], str(kept / "restore")]
    back = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert back.returncode == 0, back.stderr
    assert (mac.disk.read_text(), (mac.disk.parent / "efi-bl-carbon").read_text()) == ("old", "efi")
    (other,) = mac.replaced.iterdir()
    assert (other / "machine/carbon-arm64.raw").read_text() == "new"
    assert "system connection add --identity /keys/machine carbon-root ssh://root@127.0.0.1:50022" in mac.asked()


@each_shell
def test_what_cannot_be_moved_by_a_rename_is_not_moved(mac: Full, shell: tuple[str, ...]) -> None:
    program(mac.bin, "df", 'echo head; case $2 in *replaced*) echo "one 1 1 1" ;; *) echo "two 1 1 1" ;; esac')
    for command, status in ((save(WANTED, "libkrun"), 88), (aside(WANTED, "libkrun"), 80)):
        done = mac.does(command, shell)
        assert (done.returncode, "not on one file system" in done.stderr.splitlines()[-1]) == (status, True), (
            done.stderr
        )
        assert (mac.disk.read_text(), mac.json.exists(), mac.note.exists()) == ("old", True, False)


@each_shell
def test_another_content_in_the_new_volume_puts_the_old_machine_back(mac: Full, shell: tuple[str, ...]) -> None:
    assert mac.does(save(WANTED, "libkrun"), shell).returncode == 0
    assert mac.does(aside(WANTED, "libkrun"), shell).returncode == 0
    mac.make("new")
    mac.new.mkdir()
    (mac.new / "more").touch()
    done = mac.does(bring(WANTED), shell)
    assert done.returncode == 80, done.stderr
    assert "is not in the new machine what it was in the old one" in done.stderr.splitlines()[-1]
    assert (mac.disk.read_text(), mac.note.exists(), list(mac.replaced.iterdir())) == ("old", False, [])


TYPED = {
    "started": (True, ["/bin/podman", "--connection", "x", "run", "-e", "A=it's <\u00e9>\n\\u0041", "img", "-d"]),
    "made": (True, ["podman", "container", "create", "img"]),
    "over": (False, ["podman", "run", "img"]),
    "by-api": (True, None),
    "relative": (True, ["podman", "run", "-v", "./here:/d", "img"]),
    "pod-infra": (True, None),
}  # fmt: skip


@each_shell
def test_containers_are_made_again_as_they_were_typed(mac: Full, shell: tuple[str, ...]) -> None:
    """Go's JSON has < and > as escapes; what is not known, or was over, is not guessed."""
    lines = [
        f"{name}|{str(runs).lower()}|{str(name == 'pod-infra').lower()}||||"
        + json.dumps(typed, separators=(",", ":")).replace("<", "\\u003c")
        for name, (runs, typed) in TYPED.items()
    ]
    (mac.folder / "typed").write_text("\n".join(lines) + "\n")
    assert mac.does(save(WANTED, "libkrun"), shell).returncode == 0
    (kept,) = mac.replaced.iterdir()
    (kept / "made-core").unlink()
    env = {"HOME": str(mac.folder), "PATH": f"{mac.bin}:/usr/bin:/bin"}
    argv = [*shell[:-1], str(kept / "containers")]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.splitlines()) == (
        1,
        [
            "started: made as it was",
            "made: made as it was",
            "over: left alone: it did not run",
            "by-api: no command is known: it was made through the API of podman",
            "relative: not started: its command names a folder as seen from where it was typed",
        ],
    ), done.stderr
    assert "podman" not in done.stdout.replace("API of podman", "")
    asked = mac.asked()
    assert "run --detach --name=started -e A=it's <\u00e9>\n\\u0041 img -d\n" in asked
    assert "create --name=made img\nstart made\n" in asked
    assert "containers-root.json" in done.stderr
