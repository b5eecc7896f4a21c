"""A machine is replaced without loss: whatever fails the old one is back, wherever it is cut off it goes on."""

import time
from collections.abc import Iterator

import pytest

from carbon_fleet.plan import Action, Change
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.spec import Duration
from tests.sim.replacing import FILL, FIRST, INSTALL, OTHER, Replacing

pytestmark = [pytest.mark.sim, pytest.mark.timeout(900)]
ONCE = '[ ! -e "$HOME/once" ] && : >"$HOME/once" &&'
MOVED = 'grep -q moved "$HOME/.local/state/carbon-fleet/machine/carbon.replacing" &&'
FAILS = "{ echo made to fail >&2; exit 1; }"
HANGS = "exec /bin/sleep 300"
DIES = "kill -KILL 0"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("lab")) as running:
        assert running.mac("mac-01").ssh(INSTALL).returncode == 0
        replacing = Replacing(running.mac("mac-01"))
        replacing.converge(FIRST)
        replacing.inside(FILL)
        yield running


@pytest.fixture
def there(lab: SimulatedLab) -> Iterator[Replacing]:
    """The Mac with its machine of either kind, running; nothing in the way at the end."""
    yield Replacing(lab.mac("mac-01"))
    Replacing(lab.mac("mac-01")).out_of_the_way()
    lab.mac("mac-01").mend()
    lab.mac("mac-01").ssh("rm -f once")


HASTY = OTHER.model_copy(update={"start_timeout": Duration.parse("3s"), "stop_timeout": Duration.parse("3s")})
FAILURES = {
    "export fails": ("ssh", "*'podman volume export'*", FAILS, 79, "could not be exported"),
    "checksum differs": ("ssh", "*'podman volume export'*", '$real "$@"; printf x; exit 0', 79, "sha256 differs"),
    "stop hangs": ("podman", "'machine stop'*", HANGS, 80, "could not be stopped"),
    "rename fails": ("mv", "*-arm64.raw*", f"{ONCE} {FAILS}", 80, "could not be set aside"),
    "init fails": ("podman", "'machine init'*", FAILS, 80, "could not be made"),
    "start hangs": ("podman", "'machine start'*", f"{ONCE} {HANGS}", 80, "did not start"),
    "import fails": ("ssh", "*'podman volume import'*", FAILS, 80, "could not be filled"),
    "disk full on import": (
        "ssh",
        "*'podman volume import'*",
        """exec perl -e '$ARGV[-1] = "ulimit -f 50; $ARGV[-1]"; exec @ARGV' "$real" "$@" """,
        80,
        "could not be filled",
    ),
    "verify fails": ("ssh", "*'mindepth 1'*", f"{MOVED} {{ echo another; exit 0; }}", 80, "could not be filled"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_what_fails_leaves_the_old_machine_as_it_was(there: Replacing, name: str) -> None:
    program, pattern, text, status, says = FAILURES[name]
    disk, volume = there.disk(), there.volume()
    there.in_the_way(program, pattern, text)
    done = there.run(HASTY if "hangs" in name else OTHER)
    assert done is not None
    assert (done.returncode, says in done.stderr.splitlines()[-1]) == (status, True), done.stderr
    there.out_of_the_way()
    unchanged(there, disk, volume)


def unchanged(there: Replacing, disk: str, volume: str) -> None:
    assert (there.disk(), there.volume()) == (disk, volume)
    assert not there.note.exists()
    assert there.kept == []
    assert there.changes(FIRST) == [], "it runs, and its connections lead to it"


@pytest.mark.parametrize(
    ("fault", "status", "says"),
    [("low-disk", 88, "and 5120 MiB are free"), ("guest-ssh-dead", 79, "--leave-data MAC")],
)
def test_what_cannot_be_saved_is_not_touched(there: Replacing, fault: str, status: int, says: str) -> None:
    disk, volume = there.disk(), there.volume()
    there.mac.break_(fault)
    done = there.run(OTHER)
    assert done is not None
    assert (done.returncode, says in done.stderr.splitlines()[-1]) == (status, True), done.stderr
    there.mac.mend()
    unchanged(there, disk, volume)


def test_a_network_that_is_cut_leaves_a_way_back(there: Replacing) -> None:
    """The connection to the Mac breaks while the new machine is filled; what the Mac itself can do is one command."""
    disk, volume = there.disk(), there.volume()
    there.in_the_way("ssh", "*'podman volume import'*", DIES)
    assert there.run(OTHER) is not None
    there.out_of_the_way()
    assert there.note.read_text().startswith("moved\n")
    (folder,) = there.kept
    assert (folder.stat().st_mode & 0o7777, (folder / "root/data.tar").stat().st_mode & 0o7777) == (0o700, 0o600)
    done = there.mac.ssh(f"sh ~/.local/state/carbon-fleet/replaced/carbon/{folder.name}/restore")
    assert (done.returncode, "the old machine carbon is back, with all it held" in done.stderr) == (80, True), (
        done.stderr
    )
    unchanged(there, disk, volume)


@pytest.mark.parametrize("then", [pytest.param("restore", marks=pytest.mark.migration), "apply"])
def test_where_even_the_old_one_does_not_start_one_command_is_left(there: Replacing, then: str) -> None:
    wished, other = (FIRST, OTHER) if there.now is FIRST else (OTHER, FIRST)
    disk, volume = there.disk(), there.volume()
    there.in_the_way("podman", "'machine start'*", FAILS)
    done = there.run(other)
    assert done is not None
    (folder,) = there.kept
    assert (done.returncode, f"/{folder.name}/restore`" in done.stderr.splitlines()[-1]) == (81, True), done.stderr
    assert there.disk() == disk, "it is in its place"
    there.out_of_the_way()
    if then == "restore":
        assert there.mac.ssh(f"sh ~/.local/state/carbon-fleet/replaced/carbon/{folder.name}/restore").returncode == 80
        assert (there.disk(), there.volume(), there.changes(wished)) == (disk, volume, [])
    else:
        there.converge(other)
        assert (there.disk() != disk, there.volume()) == (True, volume)
        there.mac.ssh("rm -r ~/.local/state/carbon-fleet/replaced")


CUTS = {
    "while a volume is exported": ("ssh", "*'podman volume export'*", DIES),
    "when the machine is to stop": ("podman", "'machine stop'*", DIES),
    "before its disk is moved": ("mv", "*-arm64.raw*", DIES),
    "after its disk is moved": ("mv", "*-arm64.raw*", f'$real "$@"; {DIES}'),
    "after the new one is made": ("podman", "'machine init'*", f'$real "$@"; {DIES}'),
    "while the new one starts": ("podman", "'machine start'*", f'$real "$@" & sleep 1; {DIES}'),
    "while a volume is imported": ("ssh", "*'podman volume import'*", DIES),
    "while the volumes are compared": ("ssh", "*'mindepth 1'*", f"{MOVED} {DIES}"),
}


BY_THEMSELVES = ("while a volume is exported", "when the machine is to stop", "while the volumes are compared")
"""What the other cuts, the failures and a wish that is taken back do not pass by: with all cuts only."""
MARKS = {name: [pytest.mark.migration] if name in BY_THEMSELVES else [] for name in CUTS}


@pytest.mark.parametrize("name", [pytest.param(name, marks=MARKS[name]) for name in CUTS])
def test_what_is_cut_off_is_gone_on_with(there: Replacing, name: str) -> None:
    wanted = OTHER if there.now is FIRST else FIRST
    disk, volume = there.disk(), there.volume()
    there.in_the_way(*CUTS[name])
    assert there.run(wanted) is not None
    there.out_of_the_way()
    assert there.note.exists()
    assert there.converge(wanted) <= 3
    assert not there.note.exists()
    assert (there.disk() != disk, there.volume()) == (True, volume)
    (old,) = there.kept
    assert (old / "machine/carbon.json").exists()
    assert not list(old.rglob("*.tar"))
    (notice,) = there.findings(wanted)
    assert not isinstance(notice, Change)
    assert f"{old.name}/restore" in notice.why
    there.mac.ssh(f"rm -r ~/.local/state/carbon-fleet/replaced/carbon/{old.name}")


def test_a_run_that_is_killed_leaves_nothing_running_and_is_gone_on_with(there: Replacing) -> None:
    """Our end dies with `kill -9`; what it had started on the Mac ends with the connection, not by itself."""
    wanted = OTHER if there.now is FIRST else FIRST
    volume = there.volume()
    there.in_the_way("ssh", "*'podman volume import'*", ': >"$HOME/once"; exec /bin/sleep 2319')
    (change,) = [one for one in there.changes(wanted) if one.action is Action.REPLACE]
    for command in change.commands:
        with there.begins(command) as run:
            while run.poll() is None and not (there.mac.home / "once").exists():
                time.sleep(0.1)
            run.kill()
        if (there.mac.home / "once").exists():
            break
    there.out_of_the_way()
    assert there.gone("sleep 2319")
    there.converge(wanted)
    assert there.volume() == volume
    there.mac.ssh("rm -rf ~/.local/state/carbon-fleet/replaced")


def test_what_is_started_between_saving_and_stopping_is_not_passed_over(there: Replacing) -> None:
    wished, other = (FIRST, OTHER) if there.now is FIRST else (OTHER, FIRST)
    disk, volume = there.disk(), there.volume()
    save, aside, *_ = there.changes(other)[0].commands
    assert there.does(save).returncode == 0
    there.inside("podman run -d --name late debian sleep 60")
    done = there.does(aside)
    assert (done.returncode, "late was started after" in done.stderr.splitlines()[-1]) == (80, True), done.stderr
    assert (there.disk(), there.volume(), there.kept, there.changes(wished)) == (disk, volume, [], [])
    assert there.inside("podman ps --format '{{.Names}}'") == "late\n"
    there.inside("podman rm -f late")


def test_a_wish_that_is_taken_back_in_time_leaves_everything_as_it_was(there: Replacing) -> None:
    wished, other = (FIRST, OTHER) if there.now is FIRST else (OTHER, FIRST)
    disk, volume = there.disk(), there.volume()
    there.in_the_way("podman", "'machine stop'*", DIES)
    assert there.run(other) is not None
    there.out_of_the_way()
    (change,) = there.changes(wished)
    assert change.action is Action.RUN
    there.converge(wished)
    assert (there.disk(), there.volume(), there.kept) == (disk, volume, [])


def test_a_replaced_machine_comes_back_when_asked_and_goes_when_its_time_is_up(there: Replacing) -> None:
    wished, other = (FIRST, OTHER) if there.now is FIRST else (OTHER, FIRST)
    there.inside(
        "podman run -d --name theirs -v data:/d debian sleep 60; podman run -d --rm --name once debian sleep 60"
    )
    disk, volume = there.disk(), there.volume()
    there.converge(other)
    made_again(there, "made as it was")
    made_again(there, "is there")
    there.inside('echo new >"$(podman volume inspect --format "{{.Mountpoint}}" data)/since"')
    new = there.disk()
    done = there.mac.ssh("sh ~/.local/state/carbon-fleet/replaced/carbon/*/restore")
    assert (done.returncode, done.stdout) == (0, "the machine carbon is back as it was before it was replaced\n")
    assert (there.disk(), there.volume()) == (disk, volume)
    assert there.changes(wished) == []
    assert running(there) == ["once", "theirs"], "the one with --rm, too"
    done = there.mac.ssh("sh ~/.local/state/carbon-fleet/replaced/carbon/*/restore")
    assert (done.returncode, there.disk()) == (0, new), done.stderr
    assert "new" in there.inside('cat "$(podman volume inspect --format "{{.Mountpoint}}" data)/since"')
    (removal,) = there.changes(other.model_copy(update={"keep_replaced": Duration.parse("1s")}))
    assert removal.action is Action.DELETE
    assert there.does(removal.commands[0]).returncode == 0
    assert there.kept == []
    assert list(there.findings(other)) == []
    there.inside("podman rm -f theirs; podman rm -f once || :")


def made_again(there: Replacing, became: str) -> None:
    """The containers of the machine that was replaced, by the one command there is for it."""
    done = there.mac.ssh("sh ~/.local/state/carbon-fleet/replaced/carbon/*/containers")
    assert (done.returncode, sorted(done.stdout.splitlines())) == (0, [f"once: {became}", f"theirs: {became}"]), done
    assert running(there) == ["once", "theirs"]


def running(there: Replacing) -> list[str]:
    return sorted(there.inside("podman ps --format '{{.Names}}'").split())


def test_a_machine_of_the_other_provider_is_replaced_and_comes_back(there: Replacing) -> None:
    podman = "CONTAINERS_MACHINE_PROVIDER=applehv /opt/homebrew/bin/podman machine"
    init = "init --cpus 2 --memory 2048 --disk-size 20 --rootful -v /Users:/Users carbon"
    done = there.mac.ssh(f"{podman} rm -f carbon && {podman} {init} && {podman} start carbon", timeout=300)
    assert done.returncode == 0, done.stderr
    there.inside(FILL)
    volume = there.volume()
    (change,) = there.changes(OTHER)
    assert [(one.name, one.before, one.after) for one in change.attributes] == [("provider", "applehv", "libkrun")]
    there.in_the_way("podman", "'machine start'*", f"{ONCE} {FAILS}")
    failed = there.run(OTHER)
    assert failed is not None
    assert failed.returncode == 80, failed.stderr
    there.out_of_the_way()
    assert there.volume() == volume
    there.converge(OTHER)
    assert there.inside("cat /etc/podman-machine") == "libkrun"
    assert there.volume() == volume
    done = there.mac.ssh("sh ~/.local/state/carbon-fleet/replaced/carbon/*/restore", timeout=300)
    assert done.returncode == 0, done.stderr
    assert there.inside("cat /etc/podman-machine") == "applehv"
    assert there.volume() == volume
