"""Stacks on modelled Macs themselves: from nothing to healthy, drift, verbs, and gone again."""

import json
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from carbon_fleet.sim.lab import SimulatedLab, SimulatedMac
from tests.sim.drifts import Drift, shell
from tests.sim.native_lab import LABEL, free_ports, lab_file, pid, shop
from tests.sim.runs import attributes, commands, fleet, leaves
from tests.sim.test_destroy import changed, tree
from tests.sim.volume_files import archive_of, came_out

pytestmark = [pytest.mark.sim]
MAC = "mac-01"
SHOP, LLAMA = "native.stack.shop.web", "native.stack.llama-server.llama-server"
OLLAMA = "native.stack.ollama.ollama"
AGENTS = "Library/LaunchAgents"
MODELS = ".local/share/carbon-fleet/models"
DATA = ".local/share/carbon-fleet/native/shop/data"
ADDRESS: dict[str, int] = {}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedLab]:
    ADDRESS.update(zip(("shop", "llama", "ollama"), free_ports(3), strict=True))
    with SimulatedLab.up(macs=1, vm="modelled", state=tmp_path_factory.mktemp("native")) as running:
        yield running


@pytest.fixture(scope="module")
def bare(lab: SimulatedLab) -> dict[str, str]:
    return tree(lab.mac(MAC))


def stacks(**environment: str) -> list[Any]:
    llama = {"name": "llama-server", "settings": {"port": ADDRESS["llama"]}}
    ollama = {"name": "ollama", "settings": {"port": ADDRESS["ollama"]}}
    return [shop(ADDRESS["shop"], **environment), llama, ollama]


@pytest.fixture(scope="module")
def file(lab: SimulatedLab, bare: dict[str, str]) -> str:
    """The lab file, applied."""
    path = lab_file(lab, {MAC: stacks()})
    lab.mac(MAC).break_("nobody-at-the-screen")
    (failure,) = fleet("apply", path, expect=3)["macs"][0]["failures"]
    assert failure["code"] == "NATIVE_NEEDS_LOGIN"
    assert not list((lab.mac(MAC).home / AGENTS).iterdir())
    lab.mac(MAC).mend()
    report = fleet("apply", path, expect=0)["macs"][0]
    assert report["failures"] == []
    assert {SHOP, LLAMA, "native.model.weights"} <= {one["address"] for one in report["changes"]}
    return path


@pytest.fixture
def mac(lab: SimulatedLab) -> SimulatedMac:
    return lab.mac(MAC)


def test_a_second_run_is_empty(file: str, mac: SimulatedMac) -> None:
    before = pid(mac, "shop-web")
    report = fleet("apply", file, expect=0)
    assert (commands(report), report["macs"][0]["changes"], report["macs"][0]["execs"]) == ([], [], 1)
    assert before
    assert pid(mac, "shop-web") == before


def ask(port: int, path: str, key: str = "", body: Any = None) -> Any:
    url = f"http://127.0.0.1:{port}{path}"
    head = {"Authorization": f"Bearer {key}"} if key else {}
    wish = urllib.request.Request(url, json.dumps(body).encode() if body else None, head)  # our own
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(wish, timeout=20) as answer:
        return json.load(answer)


def test_what_it_says_is_there_answers(file: str, mac: SimulatedMac) -> None:
    key = (mac.home / ".config/carbon-fleet/secrets/llama-api-key").read_text()
    said = ask(ADDRESS["llama"], "/completion", key, {"prompt": "1 2 3", "n_predict": 2})
    assert (said["tokens_predicted"], said["model"]) == (2, "tinyllama")
    with pytest.raises(urllib.error.HTTPError, match="401"):
        ask(ADDRESS["llama"], "/slots")
    assert [one["name"] for one in ask(ADDRESS["ollama"], "/api/tags")["models"]] == ["llama3.2:1b"]
    environment = Path("proc", pid(mac, "shop-web"), "environ")
    token = (mac.home / ".config/carbon-fleet/secrets/shop-token").read_text()
    held = mac.ssh(f"tr '\\0' '\\n' </{environment}").stdout.splitlines()
    assert {f"TOKEN={token}", "PRICE=5$"} <= set(held)
    assert not (mac.root / "opt/homebrew/Cellar/podman").exists(), "a Mac that runs no podman needs none"


def test_no_secret_is_told(file: str, mac: SimulatedMac) -> None:
    words = [sys.executable, "-m", "carbon_fleet", "probe", file, MAC]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert ran.returncode == 0, ran.stderr
    shown = ran.stdout + mac.ssh(f"ps -axo command=; cat {AGENTS}/*.plist Library/Logs/*").stdout
    shown += (mac.shared / "calls.jsonl").read_text()
    assert "job shop-web 0" in shown
    for name in ("shop-token", "llama-api-key"):
        assert (mac.home / f".config/carbon-fleet/secrets/{name}").read_text() not in shown
    modes = {oct(each.stat().st_mode & 0o777) for each in (mac.home / ".local/state/carbon-fleet/native").glob("*.*")}
    assert modes == {"0o600"}


def test_verify_looks_for_itself(file: str, mac: SimulatedMac) -> None:
    assert fleet("verify", file, expect=0)["macs"][0]["tests"]["failed"] == 0
    assert mac.ssh(f"launchctl bootout gui/501/{LABEL}.shop-web; rm .local/share/carbon-fleet/models/*").returncode == 0
    report = fleet("verify", file, expect=100)
    failed = {one["address"].partition("[")[0].partition("::")[2] for one in report["macs"][0]["failures"]}
    assert {"test_native_program_runs", "test_native_model_is_whole"} <= failed
    fleet("apply", file, expect=0)


def anew(job: str, before: str = "true", after: str = "true") -> str:
    """Taken out and loaded again by hand, as a person would: bootout answers before it is done."""
    name = f"{LABEL}.{job}"
    gone = f"while launchctl print gui/501/{name} >/dev/null 2>&1; do sleep 0.1; done"
    load = f"launchctl bootstrap gui/501 {AGENTS}/{name}.plist"
    return f"{before} && launchctl bootout gui/501/{name} && {gone}; {load} && {after}"


def on_cpu(mac: SimulatedMac) -> None:
    mac.break_("llama-on-cpu")
    shell(anew("llama-server"))(mac)
    listens = f"until curl -fs -o /dev/null http://127.0.0.1:{ADDRESS['llama']}/health; do sleep 0.1; done"
    shell(listens)(mac)
    mac.mend()


PLIST = f"{AGENTS}/{LABEL}.shop-web.plist"
OTHER = f"cp {PLIST} keep && sed -i '' -e 's/5\\$/6$/' {PLIST}"
GONE = "/opt/homebrew/bin/brew uninstall llama.cpp && rm -f .local/share/carbon-fleet/models/*"
LONGER = "started from another file, switched off"
"""Only with -m native_walk."""
ROUNDS = {
    "its file, its volume, and where it computes": [
        Drift(shell(f"echo '<!-- mine -->' >>{PLIST} && chmod 666 {PLIST}"), SHOP, "definition"),
        Drift(shell(f"rm -rf {DATA}"), SHOP, "mode"),
        Drift(shell("true"), "native.volume.shop.data", "volume"),
        Drift(on_cpu, LLAMA, "health"),
        Drift(shell("sleep 1; touch -h /opt/homebrew/opt/ollama"), OLLAMA, "formula"),
    ],
    "its program and its model gone, taken out": [
        Drift(shell(GONE), "homebrew.formula.llama.cpp", "version"),
        Drift(shell(anew("shop-web")), SHOP, "state"),
        Drift(shell(f"launchctl bootout gui/501/{LABEL}.llama-server"), LLAMA, "loaded"),
        Drift(shell("true"), "native.model.weights", "file"),
    ],
    LONGER: [
        Drift(shell(anew("shop-web", OTHER, f"mv -f keep {PLIST}")), SHOP, "running"),
        Drift(shell(f"launchctl disable gui/501/{LABEL}.llama-server"), LLAMA, "disabled"),
    ],
}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.native_walk] if name == LONGER else []) for name in ROUNDS]
)
def test_drift_is_named_and_healed(file: str, mac: SimulatedMac, name: str) -> None:
    for drift in ROUNDS[name]:
        drift.do(mac)
    seen = attributes(fleet("drift", file, expect=2))
    assert {(drift.address, drift.attribute) for drift in ROUNDS[name]} <= seen
    fleet("apply", file, expect=0)
    assert commands(fleet("apply", file, expect=0)) == []


def test_only_what_changed_starts_anew(lab: SimulatedLab, file: str, mac: SimulatedMac) -> None:
    before = {job: pid(mac, job) for job in ("shop-web", "llama-server", "ollama")}
    other = lab_file(lab, {MAC: stacks(MORE="yes")}, "other.yml")
    report = fleet("apply", other, expect=0)
    assert [one["address"] for one in report["macs"][0]["changes"]] == [SHOP]
    after = {job: pid(mac, job) for job in before}
    assert [job for job in before if before[job] != after[job]] == ["shop-web"]
    fleet("apply", file, expect=0)
    report = fleet("secret", "rotate", file, MAC, "shop-token", expect=0)
    assert [one["address"] for one in report["macs"][0]["changes"]] == ["secret.shop-token", SHOP]
    assert pid(mac, "llama-server") == before["llama-server"]


def test_verbs_know_of_it(file: str, mac: SimulatedMac) -> None:
    (failure,) = fleet("prove", file, expect=100)["macs"][0]["failures"]
    assert (failure["code"], "on it itself" in failure["what"]) == ("NO_GPU", True)
    assert fleet("doctor", file, MAC, expect=0)["macs"][0]["outcome"] == "healthy"
    words = [sys.executable, "-m", "carbon_fleet", "urls", file]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert f":{ADDRESS['llama']}/v1" in ran.stdout, ran


def test_a_volume_goes_in_and_comes_out_while_nothing_uses_it(file: str, mac: SimulatedMac, tmp_path: Path) -> None:
    given = archive_of(tmp_path)
    (failure,) = fleet("volume", "import", file, MAC, "data", *given, expect=3)["macs"][0]["failures"]
    assert (failure["code"], "in use by shop-web" in failure["what"]) == ("VOLUME_IN_USE", True)
    assert f"launchctl bootout gui/$(id -u)/{LABEL}.shop-web" in failure["remedy"]
    assert mac.ssh(f"launchctl bootout gui/501/{LABEL}.shop-web").returncode == 0
    (mac.home / DATA / "before").touch()
    fleet("volume", "import", file, MAC, "data", *given, "--replace", "--runtime", "native", expect=0)
    assert [path.name for path in (mac.home / DATA).iterdir()] == ["deep"]
    fleet("apply", file, expect=0)
    came_out(file, MAC, "shop/data", tmp_path)
    rows = fleet("volume", "list", file, MAC, expect=0)["macs"][0]["measured"]["volumes"]
    told = [tuple(row[name] for name in ("volume", "stack", "used_by", "runtime")) for row in rows]
    assert told == [("data", "shop", "shop-web", "native"), ("ollama", "ollama", "ollama", "native")]


def test_what_the_lab_file_names_no_more_goes_but_its_data(file: str, mac: SimulatedMac) -> None:
    document = yaml.safe_load(Path(file).read_text())
    document["defaults"]["runtime"] = "podman-libkrun"
    document["macs"][MAC]["stacks"] = []
    left = Path(file).with_name("left.yml")
    left.write_text(yaml.safe_dump(document))
    (model,) = {one.name for one in (mac.home / MODELS).iterdir() if len(one.name) == 64}
    gone = {f"native.{name}" for name in ("shop-web", "llama-server", "ollama")} | {f"native.model.{model[:12]}"}
    leaves(str(left), MAC, gone, "--only", "native.*")
    assert not list((mac.home / AGENTS).glob(f"{LABEL}.*"))
    assert "llama-server" not in mac.ssh("ps -axo command=").stdout
    assert ((mac.home / DATA).is_dir(), (mac.home / MODELS).exists()) == (True, False)


def test_it_is_as_it_was_found(file: str, mac: SimulatedMac, bare: dict[str, str]) -> None:
    (mac.home / DATA / "a file").write_text("kept until somebody says otherwise")
    (failure,) = fleet("destroy", file, MAC, "--yes", expect=3)["macs"][0]["failures"]
    assert (failure["code"], "shop/data" in failure["what"]) == ("CONSENT_MISSING", True)
    report = fleet("destroy", file, MAC, "--delete-volumes", "--yes", expect=0)
    assert report["macs"][0]["tests"]["failed"] == 0
    assert changed(bare, tree(mac)) == {}
    assert "llama-server" not in mac.ssh("ps -axo command=").stdout
