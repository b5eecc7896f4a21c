"""files/docker/*.sh for real, with a docker of our own, under every kind of sh."""

import base64
import json
import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from carbon_fleet.plan import Bring, Command
from carbon_fleet.snapshot import Unreadable
from operations.docker import carry
from operations.docker.commands import script
from tests.unit.operations.run_section import SHELLS, program
from tests.unit.operations.test_docker_section import listen

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
SETTINGS = "Library/Group Containers/group.com.docker/settings-store.json"
SOCKET = '"$HOME/.docker/run/docker.sock"'
DOCKER = f"""
echo "$*" >>"$HOME/said"
[ "$DOCKER_HOST" = "unix://$HOME/.docker/run/docker.sock" ] || exit 9
case "$1 $2" in
"desktop stop") mv {SOCKET} "$HOME/away"; [ ! -e "$HOME/hangs" ] || mv "$HOME/away" {SOCKET} ;;
"desktop start") [ -e "$HOME/hangs" ] || mv "$HOME/away" {SOCKET} ;;
"build --file") cat >"$HOME/context" ;;
"compose --file") ! grep -q ill "$3" ;;
"image load") cat >"$HOME/archive" ;;
"image save") cat "$HOME/archive" ;;
"version --format") [ "$3" != '{{{{.Server.Arch}}}}' ] || echo arm64 ;;
"image inspect")
    [ -e "$HOME/archive" ] || exit 1
    case $4 in
    inputs*) printf '%s\\n' 'inputs i1' 'architecture arm64' 'size 7' 'layers sha256:1,sha256:2,' ;;
    *) echo "$(cat "$HOME/archive") sha256:1,sha256:2," ;;
    esac ;;
esac"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    where = tmp_path / "Applications/Docker.app/Contents/Resources/bin"
    where.mkdir(parents=True)
    program(where, "docker", DOCKER)
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "pgrep", "exit 1")
    secrets = tmp_path / ".config/carbon-fleet/secrets"
    secrets.mkdir(parents=True)
    for name, text in ((".key", "k" * 64), ("token", 'a$b "c" #d'), ("lines", "one\ntwo")):
        (secrets / name).write_text(text)
    (tmp_path / ".config/carbon-fleet/docker/shop").mkdir(parents=True)
    return tmp_path


def run(
    home: Path, shell: tuple[str, ...], name: str, *words: str, stdin: str = ""
) -> "subprocess.CompletedProcess[str]":
    command = script(name, *words, says="")
    argv = [*shell[:-1], *command.argv[1:]]
    env = {"HOME": str(home), "PATH": f"{home}/bin:{os.defpath}", "DOCKER_CONTEXT": "colima", "TMPDIR": str(home)}
    return subprocess.run(argv, env=env, input=stdin, text=True, capture_output=True, timeout=60, check=False)


def said(home: Path) -> list[str]:
    return [line for line in (home / "said").read_text().splitlines() if not line.startswith("version")]


@each_shell
def test_settings_are_written_only_once_it_has_stopped(home: Path, shell: tuple[str, ...]) -> None:
    listen(home)
    path = home / SETTINGS
    path.parent.mkdir(parents=True)
    path.write_text('{"Cpus": 2, "Foreign": {"a": [1, 2.5, true, null]}, "AutoStart": false}')
    path.chmod(0o640)
    ran = run(home, shell, "settings", "Cpus=4", "AutoStart=true", "MemoryMiB=8192")
    assert ran.returncode == 0, ran.stderr
    assert json.loads(path.read_text()) == {
        "Cpus": 4,
        "MemoryMiB": 8192,
        "AutoStart": True,
        "Foreign": {"a": [1, 2.5, True, None]},
    }
    assert (oct(path.stat().st_mode & 0o777), said(home)) == ("0o640", ["desktop stop --timeout 120"])
    assert run(home, shell, "settings", "MemoryMiB=").returncode == 0
    assert "MemoryMiB" not in json.loads(path.read_text())


def test_settings_of_no_known_form_are_left_alone(home: Path) -> None:
    path = home / SETTINGS
    path.parent.mkdir(parents=True)
    path.write_text("not JSON")
    ran = run(home, SHELLS[0], "settings", "Cpus=4")
    assert (ran.returncode != 0, path.read_text()) == (True, "not JSON")
    assert "left as it was" in ran.stderr
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@each_shell
def test_a_start_is_awaited_and_one_that_never_comes_is_named(home: Path, shell: tuple[str, ...]) -> None:
    listen(home)
    (home / ".docker/run/docker.sock").rename(home / "away")
    assert run(home, shell, "start", "5").returncode == 0
    assert said(home) == ["desktop start --timeout 5"]
    assert run(home, shell, "start", "5").returncode == 0
    assert len(said(home)) == 1, "one that answers is not started"
    (home / ".docker/run/docker.sock").rename(home / "away")
    (home / "hangs").touch()
    ran = run(home, shell, "start", "1")
    assert (ran.returncode, ran.stderr.splitlines()[-1].startswith("Docker Desktop's engine does not answer")) == (
        75,
        True,
    )


def test_one_that_does_not_stop_is_named_and_its_settings_stay(home: Path) -> None:
    listen(home)
    (home / "hangs").touch()
    ran = run(home, SHELLS[0], "stop", "1")
    assert (ran.returncode, "quit it at the Mac's screen" in ran.stderr) == (75, True)


@each_shell
def test_values_of_secrets_go_from_file_to_file(home: Path, shell: tuple[str, ...]) -> None:
    ran = run(home, shell, "up", "shop", "web", "shop-web", "300", "anew", "TOKEN=token", "/run/secrets/t=lines")
    assert ran.returncode == 0, ran.stderr
    folder = home / ".config/carbon-fleet/docker/shop"
    assert (folder / "shop-web.env").read_text() == 'TOKEN=a$b "c" #d\n'
    label = (folder / "shop-web.labels").read_text()
    assert label.startswith("io.carbon-fleet.secrets=lines:")
    assert len(label.split(",")) == 2
    assert {oct(each.stat().st_mode & 0o777) for each in folder.iterdir()} == {"0o600"}
    file = f"{folder}/compose.yaml"
    wait = "up --detach --no-deps --no-build --force-recreate --wait --wait-timeout 300 web"
    assert said(home) == [f"compose --file {file} {wait}"]
    config = json.loads((home / ".config/carbon-fleet/docker/cli/config.json").read_text())
    assert config == {"cliPluginsExtraDirs": [f"{home}/Applications/Docker.app/Contents/Resources/cli-plugins"]}


@pytest.mark.parametrize(
    ("given", "words"), [("TOKEN=lines", "has several lines"), ("TOKEN=missing", "is not there: apply again")]
)
def test_a_value_that_cannot_be_given_is_named_and_nothing_starts(home: Path, given: str, words: str) -> None:
    ran = run(home, SHELLS[0], "up", "shop", "web", "shop-web", "300", "", given)
    assert (ran.returncode != 0, words in ran.stderr) == (True, True)
    assert not (home / "said").exists()
    assert list((home / ".config/carbon-fleet/docker/shop").iterdir()) == []


@each_shell
def test_a_build_gets_its_whole_context_or_nothing(home: Path, shell: tuple[str, ...]) -> None:
    context = base64.b64encode(b"a tar").decode()
    assert run(home, shell, "build", "5", "--file", "Containerfile", stdin=context).returncode == 0
    assert (home / "context").read_bytes() == b"a tar"
    assert said(home) == ["build --file Containerfile -"]
    ran = run(home, shell, "build", "6", "--file", "Containerfile", stdin=context)
    assert (ran.returncode, "nothing was built" in ran.stderr, len(said(home))) == (75, True, 1)
    assert not list(home.glob("carbon-fleet-build.*"))


def test_where_it_is_not_installed_that_is_said(tmp_path: Path) -> None:
    ran = run(tmp_path, SHELLS[0], "docker", "ps")
    assert (ran.returncode, "not installed" in ran.stderr) == (69, True)


@each_shell
def test_a_stacks_folder_goes_and_no_other(home: Path, shell: tuple[str, ...]) -> None:
    assert run(home, shell, "drop", "shop").returncode == 0
    left = [each.name for each in (home / ".config/carbon-fleet/docker").iterdir()]
    assert left == ["cli"]
    assert run(home, shell, "drop", "").returncode != 0


@each_shell
def test_a_stack_goes_back_and_forth_between_the_files_that_worked(home: Path, shell: tuple[str, ...]) -> None:
    folder = home / ".config/carbon-fleet/docker/shop"

    def put(text: str) -> None:
        (folder / "compose.yaml").write_text(text)

    def kept() -> dict[str, str]:
        return {name: (folder / f"{name}.yaml").read_text() for name in ("compose", "good", "previous")}

    put("one")
    assert run(home, shell, "keep", "shop", "shop-web TOKEN=token\nshop-db PASSWORD=token\n").returncode == 0
    assert run(home, shell, "back", "shop", "60").returncode == 65, "nothing was before"
    put("two")
    assert run(home, shell, "keep", "shop", "shop-web OTHER=token\n").returncode == 0
    assert kept() == {"compose": "two", "good": "two", "previous": "one"}
    assert run(home, shell, "back", "shop", "60").returncode == 0
    assert kept() == {"compose": "one", "good": "one", "previous": "two"}
    assert (folder / "shop-web.env").read_text() == 'TOKEN=a$b "c" #d\n', "what they were given then, as it is now"
    assert (folder / "shop-db.env").read_text() == 'PASSWORD=a$b "c" #d\n'
    up = "up --detach --no-build --remove-orphans --wait --wait-timeout 60"
    assert said(home)[-1] == f"compose --file {folder}/compose.yaml {up}"
    put("three, never kept")
    assert run(home, shell, "back", "shop", "60").returncode == 0
    assert kept() == {"compose": "one", "good": "one", "previous": "two"}
    assert {oct(each.stat().st_mode & 0o777) for each in folder.iterdir() if each.suffix != ".yaml"} == {"0o600"}


@pytest.mark.parametrize(("name", "nth"), [*(("keep", at) for at in (1, 2, 3)), *(("back", at) for at in (1, 2, 3, 4))])
def test_what_is_kept_is_of_one_piece_wherever_it_was_cut_off(home: Path, name: str, nth: int) -> None:
    """Each file says what its containers are given: `one`, `two`."""
    folder = home / ".config/carbon-fleet/docker/shop"

    def keep(text: str) -> int:
        (folder / "compose.yaml").write_text(text)
        return run(home, SHELLS[0], "keep", "shop", f"web T={text}\n").returncode

    assert (keep("zero"), keep("one")) == (0, 0)
    for secret in ("zero", "one", "two"):
        (home / ".config/carbon-fleet/secrets" / secret).write_text("x")
    (folder / "compose.yaml").write_text("two" if name == "keep" else "one")
    words = ("60",) if name == "back" else ("web T=two\n",)
    cut = f'[ "$(wc -l <"$HOME/moves")" -lt {nth} ] || kill -9 "$PPID"'
    program(home / "bin", "mv", f'echo >>"$HOME/moves"\n{shutil.which("mv")} "$@"\n{cut}')
    run(home, SHELLS[0], name, "shop", *words)
    (home / "bin/mv").unlink()
    assert keep("two") == 0
    pairs = {kind: (folder / f"{kind}.yaml").read_text() for kind in ("good", "previous")}
    given = {kind: (folder / f"{kind}.given").read_text() for kind in pairs}
    assert pairs["good"] == "two"
    assert pairs["previous"] in ("zero", "one")
    assert given == {kind: f"web T={text}\n" for kind, text in pairs.items()}
    assert not list(folder.glob("swap.*"))


def test_one_that_does_not_work_any_more_is_left_for_the_one_there_was(home: Path) -> None:
    folder = home / ".config/carbon-fleet/docker/shop"
    for name, text in (("compose", "now"), ("good", "now"), ("previous", "ill")):
        (folder / f"{name}.yaml").write_text(text)
        (folder / f"{name}.given").touch()
    ran = run(home, SHELLS[0], "back", "shop", "60")
    assert (ran.returncode, "is back, and works" in ran.stderr) == (86, True)
    assert [(folder / f"{name}.yaml").read_text() for name in ("compose", "good", "previous")] == ["now", "now", "ill"]
    (folder / "good.yaml").write_text("ill, too")
    (folder / "compose.yaml").write_text("ill, too")
    assert run(home, SHELLS[0], "back", "shop", "60").returncode == 87


BRING = Bring("localhost/carbon-fleet/x:1", "i1", "mac-01", 60, carry.NAME)


@each_shell
def test_an_image_is_told_given_and_taken_as_it_is(home: Path, shell: tuple[str, ...]) -> None:
    def do(command: Command, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        env = {"HOME": str(home), "PATH": f"{home}/bin:{os.defpath}", "TMPDIR": str(home)}
        argv = [*shell[:-1], *command.argv[1:]]
        return subprocess.run(argv, env=env, input=stdin, text=True, capture_output=True, timeout=60, check=False)

    assert carry.told_in(do(carry.tell(BRING)).stdout.splitlines()) is None
    (home / "archive").write_text("i1")
    told = carry.told_in(do(carry.tell(BRING)).stdout.splitlines())
    assert told == carry.Archive("i1", "arm64", 7, "sha256:1,sha256:2,")
    assert (told.count, do(carry.give(BRING)).stdout) == (2, "i1")
    assert do(carry.take(BRING, told), "i1").returncode == 0
    (home / "said").unlink()
    spoiled = do(carry.take(BRING, told), "i2")
    assert (spoiled.returncode, said(home)[-1]) == (65, f"image rm {BRING.tag}"), "it has no name that anybody uses"
    other = do(carry.take(BRING, replace(told, architecture="amd64")), "i1")
    assert (other.returncode, "linux/amd64" in other.stderr) == (64, True)


@pytest.mark.parametrize("lines", [["nonsense"], ["inputs i", "architecture a", "size many", "layers x,"]])
def test_what_a_builder_says_that_cannot_be_read_is_told(lines: list[str]) -> None:
    with pytest.raises(Unreadable):
        carry.told_in(lines)
