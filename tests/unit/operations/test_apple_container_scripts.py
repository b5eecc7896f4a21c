"""files/apple-container/*.sh for real, with a container and a launchctl of our own, under every kind of sh."""

import base64
import io
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from operations.apple_container import jobs
from operations.apple_container.commands import script
from operations.apple_container.containers import up
from operations.apple_container.services import files, services
from operations.render.container_args import Share, document
from operations.render.workload import Secret, Workload
from tests.unit.operations.apple_world import WEB, a_mac
from tests.unit.operations.run_section import SHELLS, program

each_shell = pytest.mark.parametrize("shell", SHELLS, ids=lambda shell: str(shell[0]))
CONTAINER = r"""
case "$1 $2" in "system status"|"list "*) ;; *) echo "$*" >>"$HOME/said" ;; esac
case "$1 $2" in
"system status") [ -e "$HOME/serving" ] ;;
"system start") [ -e "$HOME/hangs" ] || touch "$HOME/serving" ;;
"system stop") [ -e "$HOME/hangs" ] || rm "$HOME/serving" ;;
"list --quiet") [ ! -e "$HOME/running" ] || echo shop-web ;;
"list --all") [ ! -e "$HOME/made" ] || echo shop-web ;;
"create "*) touch "$HOME/made"; printf '%s\n' "$@" >"$HOME/words" ;;
"delete "*) rm "$HOME/made"; rm -f "$HOME/running" ;;
"stop "*) rm -f "$HOME/running" ;;
"start shop-web") echo "Error: VZErrorDomain" >&2; exit 1 ;;
"start --attach") exit 5 ;;
"exec shop-web") [ ! -e "$HOME/ill" ] ;;
"build "*) shift "$(($# - 1))"; ls "$1" >"$HOME/context" ;;
"image inspect") [ ! -e "$HOME/imageless" ] ;;
esac"""
LAUNCHCTL = r"""
case "$1" in print*) ;; *) echo "$*" >>"$HOME/launchd" ;; esac
case "$1 $2" in
"print gui/"*.container.*|"print user/"*.container.*) [ -e "$HOME/loaded" ] ;;
"print gui/"*) [ -e "$HOME/screen" ] ;;
"print-disabled "*) [ ! -e "$HOME/disabled" ] || echo '   "io.carbon-fleet.container.shop-web" => disabled' ;;
"bootstrap "*) touch "$HOME/loaded"; [ -e "$HOME/broken" ] || touch "$HOME/running" ;;
"kickstart "*) touch "$HOME/running" ;;
"bootout "*) rm -f "$HOME/loaded" ;;
esac"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    program(tmp_path / "bin", "container", CONTAINER)
    program(tmp_path / "bin", "launchctl", LAUNCHCTL)
    program(tmp_path / "bin", "sleep", "")
    secrets = tmp_path / ".config/carbon-fleet/secrets"
    secrets.mkdir(parents=True)
    values = {
        ".key": b"k" * 64,
        "token": b'a$b "c" #d',
        "lines": b"one\ntwo",
        "bytes": b"\xff",
        "para": "a\u2029b".encode(),
    }
    for name, value in values.items():
        (secrets / name).write_bytes(value)
    write(tmp_path, files(MAC)["shop"])
    return tmp_path


MAC = a_mac(
    stacks=[{"name": "shop", "containers": {"web": {**WEB, "secrets": {"TOKEN": "token", "/run/s/t": "lines"}}}}]
)
(SERVICE,) = services(MAC)


def write(home: Path, text: str) -> None:
    folder = home / ".config/carbon-fleet/apple-container/shop"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "containers.json").write_text(text)


def run(
    home: Path, shell: tuple[str, ...], argv: tuple[str, ...], stdin: str = ""
) -> "subprocess.CompletedProcess[str]":
    env = {"HOME": str(home), "PATH": f"{home}/bin:{os.defpath}", "TMPDIR": str(home)}
    return subprocess.run(
        [*shell[:-1], *argv[1:]], env=env, input=stdin, text=True, capture_output=True, timeout=60, check=False
    )


def named(name: str, *words: str) -> tuple[str, ...]:
    return script(name, *words, says="").argv


def said(home: Path, file: str = "said") -> list[str]:
    path = home / file
    return path.read_text().splitlines() if path.exists() else []


@each_shell
def test_values_of_secrets_go_from_file_to_file(home: Path, shell: tuple[str, ...]) -> None:
    ran = run(home, shell, up(SERVICE, "anew").argv)
    assert ran.returncode == 0, ran.stderr
    folder = home / ".config/carbon-fleet/apple-container/shop"
    assert (folder / "shop-web.env").read_text() == 'TOKEN=a$b "c" #d\n'
    assert (folder / "shop-web.secrets/0/t").read_bytes() == b"one\ntwo"
    modes = {str(p.relative_to(folder)): oct(p.stat().st_mode & 0o777) for p in folder.rglob("shop-web*")}
    assert modes == {"shop-web.env": "0o600", "shop-web.secrets": "0o700"}
    inside = {p.name: oct(p.stat().st_mode & 0o777) for p in (folder / "shop-web.secrets").rglob("*")}
    assert inside == {"0": "0o755", "t": "0o444"}, "whoever the container runs as reads it, and nobody else here"
    words = said(home, "words")
    assert words[words.index("--env-file") + 1] == f"{folder}/shop-web.env"
    assert f"{folder}/shop-web.secrets/0:/run/s:ro" in words
    (label,) = [word for word in words if word.startswith("io.carbon-fleet.secrets=")]
    assert [pair.split(":")[0] for pair in label.partition("=")[2].split(",")] == ["lines", "token"]
    assert f"io.carbon-fleet.definition={SERVICE.definition}" in words
    assert not [word for word in words if "a$b" in word or "two" in word]
    assert (words[0], words[-1]) == ("create", "docker.io/library/nginx:1")


@each_shell
def test_it_is_started_by_launchd_and_asked_whether_it_works(home: Path, shell: tuple[str, ...]) -> None:
    assert run(home, shell, up(SERVICE, "").argv).returncode == 0
    uid = os.getuid()
    plist = f"{home}/Library/LaunchAgents/io.carbon-fleet.container.shop-web.plist"
    assert said(home, "launchd") == [f"bootstrap user/{uid} {plist}"]
    assert said(home)[-1] == "exec shop-web /bin/sh -c true"
    for file in ("screen", "disabled"):
        (home / file).touch()
    for file in ("loaded", "running", "launchd"):
        (home / file).unlink()
    assert run(home, shell, up(SERVICE, "").argv).returncode == 0
    target = f"gui/{uid}/io.carbon-fleet.container.shop-web"
    assert said(home, "launchd") == [f"enable {target}", f"bootstrap gui/{uid} {plist}"]
    (home / "running").unlink()
    assert run(home, shell, up(SERVICE, "").argv).returncode == 0
    assert said(home, "launchd")[-1] == f"kickstart {target}", "a loaded one is started, not loaded twice"


@each_shell
def test_made_anew_the_old_one_ends_first(home: Path, shell: tuple[str, ...]) -> None:
    for file in ("made", "running", "loaded"):
        (home / file).touch()
    assert run(home, shell, up(SERVICE, "anew").argv).returncode == 0
    assert [line.split()[0] for line in said(home)] == ["stop", "delete", "create", "exec"]
    assert [line.split()[0] for line in said(home, "launchd")] == ["bootout", "bootout", "bootstrap"]
    for file in ("said", "launchd"):
        (home / file).unlink()
    assert run(home, shell, up(SERVICE, "again").argv).returncode == 0
    assert [line.split()[0] for line in said(home)] == ["stop", "exec"], "its job alone is loaded again"


def test_why_it_does_not_start_and_that_it_does_not_work_is_said(home: Path) -> None:
    (home / "broken").touch()
    ran = run(home, SHELLS[0], up(SERVICE, "").argv)
    assert (ran.returncode != 0, ran.stderr.splitlines()[-1]) == (True, "Error: VZErrorDomain")
    (home / "running").touch()
    (home / "ill").touch()
    argv = list(up(SERVICE, "").argv)
    argv[7] = "0"
    ran = run(home, SHELLS[0], tuple(argv))
    assert (ran.returncode, "look at `container logs shop-web`" in ran.stderr) == (75, True)


@pytest.mark.parametrize(
    ("secret", "words"),
    [
        ("lines", "has several lines"),
        ("para", "has several lines"),
        ("bytes", "is no text"),
        ("missing", "is not there: apply again"),
    ],
)
def test_a_value_that_cannot_be_given_is_named_and_nothing_is_made(home: Path, secret: str, words: str) -> None:
    write(home, document([Workload("shop", "web", "i/x:1", secrets=(Secret(secret, "TOKEN"),))], Share()))
    ran = run(home, SHELLS[0], up(SERVICE, "").argv)
    assert (ran.returncode != 0, words in ran.stderr) == (True, True), ran.stderr
    assert (home / "made").exists() is False


def test_words_beyond_ascii_arrive_as_they_are_and_an_image_of_ours_is_never_pulled(home: Path) -> None:
    given = Workload("shop", "web", "localhost/x:1", ours=True, environment={"A": "ü → ✓"}, folders=(f"{home}/a/b",))
    write(home, document([given], Share()))
    assert run(home, SHELLS[0], up(SERVICE, "").argv).returncode == 0
    assert "A=ü → ✓" in said(home, "words")
    assert (home / "a/b").is_dir()
    (home / "imageless").touch()
    (home / "made").unlink()
    ran = run(home, SHELLS[0], up(SERVICE, "").argv)
    assert ("localhost/x:1 is not there: apply again" in ran.stderr, (home / "made").exists()) == (True, False)


@each_shell
def test_services_are_awaited_and_those_that_never_come_are_named(home: Path, shell: tuple[str, ...]) -> None:
    assert run(home, shell, named("start", "5", "--enable-kernel-install")).returncode == 0
    assert said(home) == ["system start --enable-kernel-install --timeout 5"]
    assert run(home, shell, named("start", "5", "--enable-kernel-install")).returncode == 0
    assert len(said(home)) == 1, "those that answer are not started"
    (home / "hangs").touch()
    ran = run(home, shell, named("stop"))
    assert (ran.returncode, "container system stop" in ran.stderr) == (75, True)
    (home / "serving").unlink()
    ran = run(home, shell, named("start", "1", "--disable-kernel-install"))
    assert (ran.returncode, "container system logs" in ran.stderr) == (75, True)


@each_shell
def test_a_job_ends_as_its_container_does(home: Path, shell: tuple[str, ...]) -> None:
    assert run(home, shell, named("keep", "shop-web")).returncode == 5
    assert said(home) == ["system start --disable-kernel-install --timeout 120", "start --attach shop-web"]
    program(home / "bin", "sleep", 'rm "$HOME/running"')
    (home / "running").touch()
    assert run(home, shell, named("keep", "shop-web")).returncode == 1, "one that runs is waited for"
    assert len(said(home)) == 2


@each_shell
def test_what_goes_takes_its_job_and_its_secrets_along(home: Path, shell: tuple[str, ...]) -> None:
    assert run(home, shell, up(SERVICE, "").argv).returncode == 0
    plist = home / jobs.path("shop-web")[2:]
    plist.parent.mkdir(parents=True)
    plist.touch()
    ran = run(home, shell, named("remove", "shop-web"))
    assert ran.returncode == 0, ran.stderr
    left = [each.name for each in (home / ".config/carbon-fleet/apple-container/shop").iterdir()]
    assert (left, plist.exists(), (home / "made").exists()) == (["containers.json"], False, False)
    assert run(home, shell, named("remove", "shop-web")).returncode == 0, "what is gone already is no trouble"
    assert run(home, shell, named("drop", "shop")).returncode == 0
    assert list((home / ".config/carbon-fleet/apple-container").iterdir()) == []
    assert run(home, shell, named("drop", "")).returncode != 0


@each_shell
def test_a_build_gets_its_whole_context_or_nothing(home: Path, shell: tuple[str, ...]) -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        tar.addfile(tarfile.TarInfo("Containerfile"))
    context, size = base64.b64encode(made.getvalue()).decode(), len(made.getvalue())
    ran = run(home, shell, named("build", str(size), "--tag", "x:1"), context)
    assert ran.returncode == 0, ran.stderr
    assert said(home, "context") == ["Containerfile"]
    assert said(home)[0].startswith("build --progress plain --file /")
    ran = run(home, shell, named("build", str(size + 1), "--tag", "x:1"), context)
    assert (ran.returncode, "nothing was built" in ran.stderr, len(said(home))) == (75, True, 1)
    assert not list(home.glob("carbon-fleet-build.*"))


def test_where_it_is_not_installed_that_is_said(tmp_path: Path) -> None:
    ran = run(tmp_path, SHELLS[0], named("container", "ls"))
    assert (ran.returncode, "not installed" in ran.stderr) == (69, True)
