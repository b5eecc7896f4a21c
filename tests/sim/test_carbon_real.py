"""The carbon suite for real: real services under the suite's names, each behind its secret, toggled and updated."""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import expect

from carbon_fleet.sim import carbon_image
from carbon_fleet.sim.lab import SimulatedLab
from tests.browser import Browser
from tests.sim import carbon_clients as clients
from tests.sim import carbon_pages as pages
from tests.sim.carbon_lab import IMAGE, NAME, PORTS, Inside, write
from tests.sim.runs import attributes, commands, fleet

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(1800)]
KNOWN = "Carbon123#"
FIRST = {"jupyter": True, "code-server": True, "postgres": True, "redis": True, "mosquitto": False}
TOGGLED = {**FIRST, "jupyter": False, "mosquitto": True}
PSQL = "read -r PGPASSWORD; export PGPASSWORD; psql -qtA -h 127.0.0.1 -U carbon -d carbon -c"


@dataclass
class Carbon:
    """The running lab, its VM, and the images its registry has."""

    lab: SimulatedLab
    vm: Inside
    first: str
    second: str

    def secret(self, name: str) -> str:
        verb = ["secret", "show", self.lab.file.with_name("carbon.yml"), "mac-01", name]
        line = [sys.executable, "-m", "carbon_fleet", *map(str, verb)]
        return subprocess.run(line, capture_output=True, text=True, timeout=120, check=True).stdout.strip()


@pytest.fixture(scope="module")
def carbon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Carbon]:
    with SimulatedLab.up(macs=1, vm="real", state=tmp_path_factory.mktemp("carbon")) as lab:
        carbon_image.put(lab.state.directory)
        second = carbon_image.put(lab.state.directory, "2.0.1")[f"{NAME}-macos"]
        first = f"{IMAGE}:2.0.0"
        fleet("apply", write(lab, first, FIRST), expect=0, timeout=900)
        yield Carbon(lab, Inside(lab), first, second)


def test_a_second_apply_does_nothing(carbon: Carbon) -> None:
    report = fleet("apply", write(carbon.lab, carbon.first, FIRST), expect=0)
    assert (commands(report), report["macs"][0]["execs"]) == ([], 1)


def test_who_has_the_secret_is_let_in_and_nobody_else(carbon: Carbon) -> None:
    with carbon.vm.ports("novnc", "vnc", "rdp", "ssh", "jupyter", "code-server", "redis") as port:
        for asked, name in (
            (clients.jupyter, "jupyter-token"),
            (clients.code_server, "code-server-password"),
            (clients.redis, "redis-password"),
            (clients.vnc, "vnc-password"),
        ):
            kind = name.rpartition("-")[0]
            assert asked(port[kind], carbon.secret(name)), kind
            assert not asked(port[kind], KNOWN), f"{kind} takes the password of the image"
            assert not asked(port[kind], "wrong"), kind
        assert clients.ssh(port["ssh"], carbon.secret("carbon-password"))
        assert clients.ssh(port["ssh"], KNOWN) is None
        assert "noVNC" in clients.page(port["novnc"], "/vnc.html")
        assert clients.rdp(port["rdp"])


def test_postgres_asks_for_its_password(carbon: Carbon) -> None:
    assert _sql(carbon, "select 6 * 7") == "42"
    for wrong in (KNOWN, "wrong"):
        assert carbon.vm.inside(f'{PSQL} "select 1"', f"{wrong}\n", expect=2) == ""


def _sql(carbon: Carbon, text: str) -> str:
    return carbon.vm.inside(f'{PSQL} "{text}"', carbon.secret("postgres-password") + "\n")


def test_the_passwords_of_the_image_are_nowhere_in_what_runs(carbon: Carbon) -> None:
    # What `podman exec` starts, this look or the health check, has the image's own variables again. It does not come
    # from the container's first process.
    look = (
        "run() { p=$1; while [ $p != 1 ]; do p=$(sed -n 's/^PPid:[^0-9]*//p' /proc/$p/status); "
        "[ ${p:-0} != 0 ] || return 1; done; }; "
        'for each in /proc/[0-9]*; do run ${each#/proc/} && tr "\\0" "\\n" <$each/environ; done 2>/dev/null'
    )
    argv = 'for each in /proc/[0-9]*; do tr "\\0" "\\n" <$each/cmdline; done 2>/dev/null'
    said = carbon.vm.run(f"podman exec -u root {NAME} bash -c {shlex.quote(f'{look}; {argv}; true')}")
    assert "JUPYTER_TOKEN=" in said
    assert KNOWN not in said
    for name in ("vnc-password", "redis-password"):
        assert carbon.secret(name) not in said, "a secret that only the start needs is in what runs"
    assert carbon.vm.inside(f"grep -r '{KNOWN}' /etc/supervisor/conf.d/vnc.conf", expect=1) == ""
    carbon.vm.inside("test ! -e ~/.jupyter/jupyter_server_config.json")


def test_the_macs_folder_is_shared(carbon: Carbon) -> None:
    carbon.vm.inside("echo from the container >/work/note; echo $(id -un)")
    note = carbon.lab.mac("mac-01").home / "carbon-workspace/note"
    assert note.read_text() == "from the container\n"


def test_jupyter_opens_in_a_browser_and_runs_a_cell(carbon: Carbon, browser: Browser) -> None:
    with carbon.vm.ports("jupyter") as port:
        pages.jupyter_asks(browser, port["jupyter"], KNOWN)
        page = pages.jupyter(browser, port["jupyter"], carbon.secret("jupyter-token"))
        assert pages.run_cell(page, "import getpass\nprint(getpass.getuser(), sum(range(1000)))") == "carbon 499500"
        browser.picture(page, "jupyter")


def test_a_desktop_is_seen_through_novnc_however_often_its_health_was_looked_at(
    carbon: Carbon, browser: Browser
) -> None:
    carbon.vm.run(f"for each in 1 2 3 4 5 6; do podman healthcheck run {NAME} || exit; done")
    with carbon.vm.ports("novnc") as port:
        pages.is_refused(pages.desktop(browser, port["novnc"], "wrong"))
        page = pages.desktop(browser, port["novnc"], carbon.secret("vnc-password"))
        pages.is_shown(page)
        browser.picture(page, "novnc")


def test_code_server_shows_its_workbench_to_who_has_the_password(carbon: Carbon, browser: Browser) -> None:
    with carbon.vm.ports("code-server") as port:
        page = pages.code_server(browser, port["code-server"], KNOWN, carbon.secret("code-server-password"))
        expect(page.get_by_text("Get Started with VS Code").first).to_be_visible()
        browser.picture(page, "code-server")


def test_a_toggle_restarts_one_container_and_its_data_survive_it_and_an_update(carbon: Carbon, tmp_path: Path) -> None:
    before, beside = carbon.vm.container(NAME), carbon.vm.container("beside")
    key = _remember(carbon, tmp_path)
    with carbon.vm.ports("ssh") as port:
        host_key = clients.ssh(port["ssh"], key=key)
    file = write(carbon.lab, carbon.first, TOGGLED)
    made = {address for address, _ in attributes(fleet("apply", file, expect=0))}
    assert {f"stack.{NAME}.{NAME}", "secret.mosquitto-password"} <= made
    assert not any("beside" in address for address in made), made
    assert commands(fleet("apply", file, expect=0)) == []
    assert (carbon.vm.container(NAME) != before, carbon.vm.container("beside")) == (True, beside)
    _ports_follow(carbon)
    _remembers(carbon, key, host_key)
    file = write(carbon.lab, carbon.second, TOGGLED)
    fleet("apply", file, expect=0)
    assert carbon.vm.run(f"podman inspect --format '{{{{.ImageName}}}}' {NAME}") == carbon.second
    assert commands(fleet("apply", file, expect=0)) == []
    _remembers(carbon, key, host_key)


def _remember(carbon: Carbon, tmp_path: Path) -> str:
    """Leave a table, a file in the home and a key to log in with; the key's path."""
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    carbon.vm.inside("mkdir -p ~/.ssh && cat >~/.ssh/authorized_keys", key.with_suffix(".pub").read_text())
    assert _sql(carbon, "create table kept (word text)") == ""
    assert _sql(carbon, "insert into kept values ('still here')") == ""
    return str(key)


def _remembers(carbon: Carbon, key: str, host_key: str | None) -> None:
    assert _sql(carbon, "select word from kept") == "still here"
    assert carbon.vm.inside("cat /work/note") == "from the container"
    with carbon.vm.ports("ssh") as port:
        assert host_key is not None
        assert clients.ssh(port["ssh"], key=key) == host_key


def _ports_follow(carbon: Carbon) -> None:
    published = carbon.vm.run(f"podman port {NAME}")
    assert f":{PORTS['mosquitto']}" in published
    assert f":{PORTS['jupyter']}" not in published
    with carbon.vm.ports("mosquitto") as port:
        assert clients.mosquitto(port["mosquitto"], carbon.secret("mosquitto-password"))
        assert not clients.mosquitto(port["mosquitto"], "wrong")
    listening = carbon.vm.run("cat /proc/net/tcp")
    assert f":{PORTS['jupyter']:04X} 00000000:0000 0A" not in listening
