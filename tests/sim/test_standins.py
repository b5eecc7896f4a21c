"""The stand-ins' documented quirks, each through the real ssh."""

import json
from typing import Any

import pytest

from carbon_fleet.sim.lab import SimulatedMac
from tests.sim.conftest import BREW, PODMAN

pytestmark = pytest.mark.sim
MACHINE = ".config/containers/podman/machine/libkrun/carbon.json"
CONNECTIONS = ".config/containers/podman-connections.json"
P = f"{PODMAN} machine"


def out(mac: SimulatedMac, command: str) -> str:
    said = mac.ssh(command)
    assert said.returncode == 0, f"{command}: {said.returncode} {said.stderr}"
    return said.stdout


def document(mac: SimulatedMac, path: str = MACHINE) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((mac.home / path).read_text())
    return found


class TestBrew:
    def test_root_is_refused(self, bare: SimulatedMac) -> None:
        said = bare.ssh("/.host/bin/unshare --user --map-root-user /opt/homebrew/bin/brew list")
        assert (said.returncode, "Running Homebrew as root" in said.stderr) == (1, True)

    def test_trusting_one_formula_leaves_out_what_it_needs(self, bare: SimulatedMac) -> None:
        said = bare.ssh(f"{BREW} install libkrun/krun/krunkit")
        assert said.returncode == 1
        assert "Refusing to load formula libkrun/krun/gvproxy from untrusted tap libkrun/krun." in said.stderr
        assert document(bare, ".homebrew/trust.json") == {"trustedformulae": ["libkrun/krun/krunkit"]}
        out(bare, f"{BREW} untrust libkrun/krun/krunkit")
        assert not (bare.home / ".homebrew/trust.json").exists()

    def test_the_trust_store_follows_xdg_config_home(self, bare: SimulatedMac) -> None:
        out(bare, f"XDG_CONFIG_HOME=$HOME/x {BREW} trust libkrun/krun")
        assert document(bare, "x/homebrew/trust.json") == {"trustedtaps": ["libkrun/krun"]}

    def test_auto_update_runs_unless_it_is_forbidden(self, bare: SimulatedMac) -> None:
        assert "Auto-updating" in out(bare, "/opt/homebrew/bin/brew install tree")
        assert "Auto-updating" not in out(bare, f"{BREW} install tree")

    def test_brew_5_knows_no_trust(self, bare: SimulatedMac) -> None:
        bare.break_("brew-5")
        assert "Unknown command: brew trust" in bare.ssh(f"{BREW} trust libkrun/krun").stderr
        bare.mend()

    def test_brew_fails_once(self, bare: SimulatedMac) -> None:
        bare.break_("brew-fails-once")
        assert [bare.ssh(f"{BREW} install jq").returncode for _ in range(2)] == [1, 0]

    def test_a_name_in_two_taps_is_ambiguous(self, mac: SimulatedMac) -> None:
        out(mac, f"{BREW} tap slp/krun")
        said = mac.ssh(f"{BREW} install libkrunfw")
        assert (said.returncode, "Formulae found in multiple taps" in said.stderr) == (1, True)
        out(mac, f"{BREW} untap slp/krun")

    def test_receipts_say_where_a_keg_came_from(self, mac: SimulatedMac) -> None:
        keg = mac.root / "opt/homebrew/Cellar"
        receipt = json.loads((keg / "libkrun/1.19.4/INSTALL_RECEIPT.json").read_text())
        assert (receipt["source"]["tap"], receipt["installed_on_request"]) == ("libkrun/krun", False)
        assert (mac.root / "opt/homebrew/var/homebrew/linked/krunkit").readlink().name == "1.3.2"

    def test_what_is_needed_is_not_uninstalled(self, mac: SimulatedMac) -> None:
        assert "because it is required by krunkit" in mac.ssh(f"{BREW} uninstall libkrun").stderr

    def test_the_two_virglrenderers_exclude_each_other(self, mac: SimulatedMac) -> None:
        said = mac.ssh(f"{BREW} install virglrenderer")
        assert (said.returncode, "conflicting formulae are installed" in said.stderr) == (1, True)

    def test_a_pinned_formula_is_not_upgraded(self, mac: SimulatedMac) -> None:
        out(mac, f"{BREW} pin podman")
        assert mac.ssh(f"{BREW} upgrade podman").returncode == 1
        out(mac, f"{BREW} unpin podman")


class TestMachine:
    def test_init_makes_what_the_facts_say(self, mac: SimulatedMac) -> None:
        data = document(mac)
        assert data["LibKrunHypervisor"]["KRun"]["VirtualMachine"]["memoryBytes"] == 2048 * 1024**2
        store = mac.home / ".local/share/containers/podman/machine"
        assert (store / "libkrun/carbon-arm64.raw").stat().st_size == 20 * 1024**3
        assert (store / "libkrun/carbon-arm64.raw").stat().st_blocks < 100
        assert {"machine", "machine.pub", "port-alloc.dat"} <= {path.name for path in store.iterdir()}
        assert set(document(mac, CONNECTIONS)["Connection"]["Connections"]) == {"carbon", "carbon-root"}

    def test_init_of_an_existing_machine_is_an_error(self, mac: SimulatedMac) -> None:
        said = mac.ssh(f"{P} init carbon")
        assert (said.returncode, said.stderr) == (125, "Error: carbon: VM already exists\n")

    def test_a_missing_machine_prints_an_empty_list_and_fails(self, mac: SimulatedMac) -> None:
        said = mac.ssh(f"{P} inspect nope")
        assert (said.returncode, said.stdout, said.stderr) == (125, "[]\n", "Error: nope: VM does not exist\n")

    def test_resources_are_checked_against_the_mac(self, mac: SimulatedMac) -> None:
        assert "greater than total system memory" in mac.ssh(f"{P} init -m 99999 other").stderr
        assert "requested number of CPUs" in mac.ssh(f"{P} init --cpus 64 other").stderr

    def test_root_is_refused(self, mac: SimulatedMac) -> None:
        said = mac.ssh(f"/.host/bin/unshare --user --map-root-user {P} list")
        assert (said.returncode, 'cannot run command "podman machine list" as root' in said.stderr) == (125, True)

    def test_the_provider_comes_from_the_drop_in_and_the_variable_wins(self, mac: SimulatedMac) -> None:
        info = f"{P} info --format json"
        assert json.loads(out(mac, info))["Host"]["VMType"] == "applehv"
        drop_in = "mkdir -p ~/.config/containers/containers.conf.d && printf '[machine]\\nprovider = \"libkrun\"\\n'"
        out(mac, f"{drop_in} >~/.config/containers/containers.conf.d/50-x.conf")
        assert json.loads(out(mac, info))["Host"]["VMType"] == "libkrun"
        assert json.loads(out(mac, f"CONTAINERS_MACHINE_PROVIDER= {info}"))["Host"]["VMType"] == "applehv"
        assert mac.ssh(f"CONTAINERS_MACHINE_PROVIDER=qemu {info}").returncode == 125

    def test_all_providers_is_gone_in_6(self, mac: SimulatedMac) -> None:
        assert "unknown flag: --all-providers" in mac.ssh(f"{P} list --all-providers").stderr

    def test_starting_a_running_machine_fails_and_stopping_a_stopped_one_does_not(self, running: SimulatedMac) -> None:
        said = running.ssh(f"{P} start carbon")
        assert (said.returncode, said.stderr) == (125, 'Error: unable to start "carbon": already running\n')
        assert [running.ssh(f"{P} stop carbon").returncode for _ in range(2)] == [0, 0]

    def test_list_and_inspect_have_different_units(self, running: SimulatedMac) -> None:
        row = json.loads(out(running, f"{P} list --format json"))[0]
        assert (row["Memory"], row["DiskSize"], row["Running"]) == (str(2048 * 1024**2), str(20 * 1024**3), True)
        assert row["Default"] is False  # the default connection is carbon-root
        one = json.loads(out(running, f"{P} inspect carbon"))[0]
        assert (one["Resources"]["Memory"], one["Resources"]["DiskSize"], one["State"]) == (2048, 20, "running")
        assert "VMType" not in one

    def test_a_running_machine_cannot_be_set_and_a_disk_only_grows(self, running: SimulatedMac) -> None:
        assert "unless vm is stopped" in running.ssh(f"{P} set --cpus 3 carbon").stderr
        out(running, f"{P} stop carbon")
        assert "new disk size must be larger than 20 GB" in running.ssh(f"{P} set --disk-size 20 carbon").stderr
        out(running, f"{P} set --cpus 3 --memory 3000 carbon")
        assert document(running)["Resources"]["CPUs"] == 3
        assert document(running)["LibKrunHypervisor"]["KRun"]["VirtualMachine"]["vcpus"] == 2  # frozen

    def test_one_vm_a_user(self, running: SimulatedMac) -> None:
        out(running, f"{P} init --provider applehv --disk-size 11 -v '' second")
        said = running.ssh(f"{P} start second")
        assert (said.returncode, "only one VM can be active at a time" in said.stderr) == (125, True)
        out(running, f"{P} rm -f second")

    def test_krunkit_is_seen_with_podmans_arguments(self, running: SimulatedMac) -> None:
        lines = out(running, "ps -axww -o pid=,lstart=,command= | grep '[k]runkit --cpus'")
        endpoint = document(running)["LibKrunHypervisor"]["KRun"]["Endpoint"].removeprefix("http://")
        assert "/opt/homebrew/bin/krunkit --cpus " in lines
        assert f"--timesync vsockPort=1234 --restful-uri tcp://{endpoint} --nested" in lines
        assert "virtio-gpu" not in lines

    def test_the_remote_status_passes_through_ssh(self, running: SimulatedMac) -> None:
        assert running.ssh(f"{P} ssh carbon 'exit 7'").returncode == 7
        assert out(running, f"{P} ssh carbon id -un").strip() == "root"
        assert out(running, f"{P} ssh --username core carbon id -u").strip() == "501"

    def test_the_wrong_first_word_is_a_command_on_the_default_machine(self, running: SimulatedMac) -> None:
        assert running.ssh(f"{P} ssh carbn true").stderr == "Error: podman-machine-default: VM does not exist\n"

    def test_a_missing_connection_fails_the_start(self, stopped: SimulatedMac) -> None:
        kept = (stopped.home / CONNECTIONS).read_text()
        stopped.break_("missing-connection")
        said = stopped.ssh(f"{P} start carbon")
        assert (said.returncode, 'connection "carbon-root" not found' in said.stderr) == (125, True)
        (stopped.home / CONNECTIONS).write_text(kept)

    def test_a_foreign_json_breaks_every_verb(self, stopped: SimulatedMac) -> None:
        stopped.break_("foreign-json")
        assert {stopped.ssh(f"{P} {verb}").returncode for verb in ("list", "inspect carbon", "start carbon")} == {125}
        stopped.mend()
        assert stopped.ssh(f"{P} list").returncode == 0

    def test_a_crash_leaves_gvproxy_which_takes_the_port(self, running: SimulatedMac) -> None:
        before = document(running)["SSH"]["Port"]
        running.break_("vm-killed")
        out(running, f"{P} stop carbon")
        assert out(running, "ps -axww -o command= | grep '[g]vproxy -mtu'")
        out(running, f"{P} start carbon")
        after = document(running)["SSH"]["Port"]
        assert after != before
        assert f":{after}/" in document(running, CONNECTIONS)["Connection"]["Connections"]["carbon"]["URI"]
        running.ssh("for p in $(ps -axww -o pid=,command= | awk '/[g]vproxy -mtu/ { print $1 }'); do kill $p; done")
        running.break_("vm-killed")

    def test_killing_krunkit_kills_the_vm(self, running: SimulatedMac) -> None:
        out(running, "kill -9 $(ps -axww -o pid=,command= | awk '/[k]runkit --cpus/ { print $1 }')")
        assert running.ssh(f"{P} ssh carbon true").stderr == 'Error: vm "carbon" is not running\n'
        running.ssh("kill $(cat /tmp/podman/gvproxy.pid)")

    def test_a_stuck_start_is_shown_by_list_only(self, stopped: SimulatedMac) -> None:
        stopped.break_("starting-stuck")
        row = json.loads(out(stopped, f"{P} list --format json"))[0]
        assert (row["Starting"], row["Running"]) == (True, False)
        assert json.loads(out(stopped, f"{P} inspect carbon"))[0]["State"] == "stopped"
        out(stopped, f"{P} stop carbon")
        assert document(stopped)["Starting"] is True  # what does not run is not stopped, nor tidied up
        out(stopped, f"{P} start carbon </dev/null")
        assert document(stopped)["Starting"] is False
        out(stopped, f"{P} stop carbon")

    def test_a_stranger_on_the_endpoint_breaks_the_verbs(self, stopped: SimulatedMac) -> None:
        stopped.break_("endpoint-taken")
        assert stopped.ssh(f"{P} inspect carbon").returncode == 125
        stopped.mend()
        assert stopped.ssh(f"{P} inspect carbon").returncode == 0

    def test_inspect_can_hang(self, running: SimulatedMac) -> None:
        running.break_("machine-inspect-hangs")
        assert running.ssh(f"perl -e 'alarm shift; exec @ARGV' 2 {P} inspect carbon").returncode not in (0, 125)
        running.mend()

    def test_an_old_krunkit_does_not_know_timesync(self, stopped: SimulatedMac) -> None:
        said = stopped.ssh("/opt/homebrew/bin/krunkit --cpus 1 --memory 1024 --unknown")
        assert (said.returncode, "unexpected argument '--unknown'" in said.stderr) == (2, True)
        assert "61440" in stopped.ssh("/opt/homebrew/bin/krunkit --cpus 1 --memory 61441 --restful-uri none://").stderr


class TestGuest:
    def test_images_are_labelled_and_addressed(self, running: SimulatedMac) -> None:
        remote = f"{PODMAN} --connection carbon-root"
        out(running, "mkdir -p c && printf 'FROM debian\\nLABEL a=b\\n' >c/Containerfile")
        out(running, f"{remote} build -t localhost/x:1 --label l=1 c")
        labels = json.loads(out(running, f"{remote} image inspect localhost/x:1"))[0]["Labels"]
        assert labels == {"a": "b", "l": "1"}
        assert running.ssh(f"{remote} image exists localhost/x:2").returncode == 1
        out(running, "printf 'FROM debian\\nRUN false\\n' >c/Containerfile")
        assert running.ssh(f"{remote} build -t localhost/y:1 c").returncode == 1

    def test_a_quadlet_unit_becomes_a_container(self, running: SimulatedMac) -> None:
        unit = (
            "[Container]\nContainerName=web\nImage=docker.io/library/nginx:1\n[Install]\nWantedBy=multi-user.target\n"
        )
        put = "cat >/etc/containers/systemd/web.container; systemctl daemon-reload; "
        put += "systemctl start web; systemctl is-active web"
        assert running.ssh(f'{P} ssh carbon "{put}"', stdin=unit).stdout == "active\n"
        out(running, f"{P} stop carbon && {P} start carbon")
        assert out(running, f"{P} ssh carbon podman ps --format {{{{.Names}}}}").strip() == "web"

    def test_an_image_that_is_mounted_has_to_be_there(self, running: SimulatedMac) -> None:
        unit = "[Container]\nImage=docker.io/library/nginx:1\nMount=type=image,source=localhost/x:9,destination=/x\n"
        put = "cat >/etc/containers/systemd/mounts.container; systemctl daemon-reload; systemctl start mounts"
        assert running.ssh(f'{P} ssh carbon "{put}"', stdin=unit).returncode == 1

    def test_an_unknown_key_makes_no_unit(self, running: SimulatedMac) -> None:
        put = "cat >/etc/containers/systemd/bad.container; systemctl daemon-reload; "
        put += "systemctl show --value -p LoadState bad"
        said = running.ssh(f'{P} ssh carbon "{put}"', stdin="[Container]\nImage=x\nBogus=1\n")
        assert said.stdout == "not-found\n"

    def test_the_render_node_is_there_with_libkrun_only(self, running: SimulatedMac) -> None:
        assert running.ssh(f"{P} ssh carbon test -c /dev/dri/renderD128").returncode == 0

    def test_the_clock_is_stepped_by_chronyc(self, running: SimulatedMac) -> None:
        running.break_("clock-skew")
        behind = int(out(running, "date +%s")) - int(out(running, f"{P} ssh carbon date +%s"))
        assert behind > 290
        out(running, f"{P} ssh carbon chronyc makestep")
        assert abs(int(out(running, "date +%s")) - int(out(running, f"{P} ssh carbon date +%s"))) < 5
