"""How a machine is stopped and removed, under every kind of sh: see test_machine_scripts.py."""

from operations.machine import commands as podman
from tests.unit.operations.test_machine_scripts import GONE, WANTED, Mac, each_shell, mac

__all__ = ["mac"]


@each_shell
def test_a_stop_forgets_a_pid_file_that_would_make_it_fail(mac: Mac, shell: tuple[str, ...]) -> None:
    mac.machine()
    (mac.run / "gvproxy.pid").write_text("4194999")
    mac.podman(f'test ! -e "{mac.run}/gvproxy.pid"')
    assert mac.does(podman.stop(WANTED), shell).returncode == 0


@each_shell
def test_a_machine_that_goes_down_by_itself_is_waited_for(mac: Mac, shell: tuple[str, ...]) -> None:
    mac.machine()
    krunkit = mac.start(mac.krunkit)
    orphan = mac.start(mac.gvproxy)
    mac.podman(f"(sleep 1; kill {krunkit.pid}) >/dev/null 2>&1 & echo 'Error: wrong state' >&2; exit 125")
    done = mac.does(podman.stop(WANTED), shell)
    assert done.returncode == 0, done.stderr
    assert orphan.wait(5) != 0


def test_a_machine_that_stays_up_fails_the_stop(mac: Mac) -> None:
    mac.machine()
    mac.start(mac.krunkit)
    mac.podman("exit 0")
    done = mac.does(podman.stop(WANTED))
    assert done.returncode == 1
    assert "still runs" in done.stderr


@each_shell
def test_a_removal_is_done_when_the_machine_is_gone(mac: Mac, shell: tuple[str, ...]) -> None:
    mac.machine()
    leftovers = [
        mac.data / "libkrun/carbon-arm64.raw",
        mac.data / "libkrun/efi-bl-carbon",
        mac.json.with_suffix(".ign"),
    ]
    for path in leftovers:
        path.write_text("x")
    mac.podman(f'cat "{mac.mark}" >"$HOME/marked"; {GONE}; echo no connection >&2; exit 125')
    done = mac.does(podman.remove("carbon", "libkrun"), shell)
    assert done.returncode == 0, done.stderr
    assert (mac.folder / "marked").read_text() == "removing\n\n"
    assert not any(path.exists() for path in (*leftovers, mac.mark))


def test_a_removal_that_left_the_machine_failed(mac: Mac) -> None:
    mac.machine()
    mac.podman("exit 0")
    assert mac.does(podman.remove("carbon", "libkrun")).returncode == 1
    mac.podman("exit 125")
    assert mac.does(podman.remove("carbon", "libkrun")).returncode == 125
    assert mac.mark.read_text().startswith("removing")


@each_shell
def test_leftovers_are_cleared_away(mac: Mac, shell: tuple[str, ...]) -> None:
    mac.machine()
    mac.json.unlink()
    other = mac.data / "libkrun/carbon-two-arm64.raw"
    other.write_text("x")
    done = mac.does(podman.clear("carbon", "libkrun"), shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert not (mac.data / "libkrun/carbon-arm64.raw").exists()
    assert other.exists()
