"""What differs between programs as stacks wish them and as launchd runs them."""

import plistlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from carbon_fleet.plan import Change, Notice, Refusal, World
from carbon_fleet.snapshot.files import FileSeen
from operations.machine import Machine
from operations.native import RESOURCE, Natively, NativeSeen
from operations.native.jobs import jobs
from operations.native.seen import JobSeen
from tests.unit.operations.docker_world import fingerprints
from tests.unit.operations.native_world import HOME, a_mac, converged, findings, rows, web, with_file, with_job

SHOP = "native.stack.shop.web"
Drift = Callable[[NativeSeen], NativeSeen]


def test_nothing_differs_where_all_is_as_wished() -> None:
    mac = a_mac()
    assert findings(mac, converged(mac)) == []


def test_from_nothing_folders_and_models_come_before_what_runs() -> None:
    found = findings(a_mac(), NativeSeen(home=HOME))
    assert rows(found) == [
        ("native.volume.shop.data", "create", ["volume"]),
        ("native.model.weights", "create", ["file"]),
        (SHOP, "create", ["program"]),
    ]
    model = found[1]
    assert isinstance(model, Change)
    assert [(one.name, one.sha256) for one in model.deliveries] == [("weights", "ab" * 32)]
    run = found[2]
    assert isinstance(run, Change)
    assert [command.says for command in run.commands] == [
        "write /Users/lab/Library/LaunchAgents/io.carbon-fleet.native.shop-web.plist",
        "start shop-web",
    ]
    words = run.commands[1].argv[4:]
    label = "io.carbon-fleet.native.shop-web"
    assert words[:3] == ("gui/501", label, f"{HOME}/Library/LaunchAgents/{label}.plist")
    assert words[3:6] == ("/opt/homebrew/opt/nginx/bin/nginx", "~/Library/Logs/carbon-fleet-native-shop-web.log", "300")
    assert words[-1] == "anew"


DRIFTS: dict[str, tuple[Drift, str, str]] = {
    "file": (lambda seen: with_file(seen, "shop-web", kind="absent", content=b"", mode=""), "create", "program"),
    "content": (lambda seen: with_file(seen, "shop-web", content=b"<plist/>"), "update", "definition"),
    "mode": (lambda seen: with_file(seen, "shop-web", mode="0666"), "update", "mode"),
    "disabled": (lambda seen: with_job(seen, "shop-web", disabled=True), "run", "disabled"),
    "loaded": (lambda seen: with_job(seen, "shop-web", loaded=False, pid=None), "run", "loaded"),
    "state": (lambda seen: with_job(seen, "shop-web", pid=None, last="0"), "run", "state"),
    "running": (lambda seen: with_job(seen, "shop-web", definition="another"), "run", "running"),
    "secrets": (lambda seen: with_job(seen, "shop-web", secrets={"token": "older"}), "run", "secrets"),
    "formula": (lambda seen: replace(with_job(seen, "shop-web", age=61), came={"formula:nginx": 60}), "run", "formula"),
    "health": (lambda seen: with_job(seen, "shop-web", health=22, said="no", age=61), "run", "health"),
}


@pytest.mark.parametrize("name", DRIFTS)
def test_each_drift_is_one_change_that_starts_it_anew(name: str) -> None:
    mac = a_mac()
    drift, action, attribute = DRIFTS[name]
    found = findings(mac, drift(converged(mac)))
    assert rows(found) == [(SHOP, action, [attribute])]
    assert isinstance(found[0], Change)
    assert found[0].commands[-1].argv[-1] == "anew"


def test_what_is_as_old_as_its_process_or_from_another_time_is_no_reason() -> None:
    mac = a_mac()
    for age in (61, 3600, -5):
        seen = replace(with_job(converged(mac), "shop-web", age=61), came={"formula:nginx": age})
        assert findings(mac, seen) == []


def test_one_that_is_still_starting_is_only_waited_for() -> None:
    mac = a_mac()
    (found,) = findings(mac, with_job(converged(mac), "shop-web", health=7, age=59))
    assert isinstance(found, Change)
    assert (found.attributes[0].before, found.commands[-1].argv[-1]) == ("starting", "wait")


def test_a_check_that_is_sure_is_not_waited_for() -> None:
    mac = a_mac()
    (found,) = findings(mac, with_job(converged(mac), "shop-web", health=3, age=1))
    assert isinstance(found, Change)
    assert (found.attributes[0].before, found.commands[-1].argv[-1]) == ("unhealthy", "anew")


@pytest.mark.parametrize(
    ("restart", "last", "runs"),
    [
        ("always", "0", True),
        ("on-failure", "0", False),
        ("on-failure", "1", True),
        ("no", "1", False),
        ("no", "", True),
    ],
)
def test_what_has_ended_and_is_to_stay_so_is_left(restart: str, last: str, runs: bool) -> None:
    mac = a_mac(web(restart=restart))
    found = rows(findings(mac, with_job(converged(mac), "shop-web", pid=None, last=last)))
    assert found == ([(SHOP, "run", ["state"])] if runs else [])


@pytest.mark.parametrize(
    ("restart", "kept"), [("always", True), ("on-failure", {"SuccessfulExit": False}), ("no", None)]
)
def test_restart_is_launchds_own(restart: str, kept: Any) -> None:
    (job,) = jobs(a_mac(web(restart=restart)))
    assert plistlib.loads(job.text.encode()).get("KeepAlive") == kept


def test_places_are_filled_in() -> None:
    (job,) = jobs(a_mac())
    said = plistlib.loads(job.text.encode())
    data, secrets = f"{HOME}/.local/share/carbon-fleet/native/shop/data", f"{HOME}/.config/carbon-fleet/secrets/token"
    program = ["/opt/homebrew/opt/nginx/bin/nginx", "-p", "8080", "-h", "127.0.0.1", "-d", data, "-k", secrets]
    assert said["ProgramArguments"][4:] == program
    variables = {name: value for name, value in said["EnvironmentVariables"].items() if name not in ("PATH", "HOME")}
    weights = f"{HOME}/.local/share/carbon-fleet/models/{'ab' * 32}"
    assert variables == {"PRICE": "5$", "WEIGHTS": weights, "WORK": f"{HOME}/work"}
    assert job.asked.splitlines()[-1] == "curl -fsS http://127.0.0.1:8080/"


def test_on_every_address_the_mac_asks_itself_at_loopback() -> None:
    (job,) = jobs(a_mac(web(ports=["0.0.0.0:8080:80"])))
    assert plistlib.loads(job.text.encode())["ProgramArguments"][8] == "0.0.0.0"
    assert job.asked.endswith("http://127.0.0.1:8080/")


def test_without_a_word_on_health_something_has_to_listen_on_each_port() -> None:
    native = {"formula": "nginx", "program": ["nginx"]}
    (job,) = jobs(a_mac(web(ports=["8080:80", "8081:81", "53:53/udp"], native=native)))
    assert job.asked.count("-MIO::Socket::IP") == 2
    (job,) = jobs(a_mac(web(ports=[], native=native)))
    assert job.asked == ""


def test_its_own_definition_moves_with_all_that_is_said() -> None:
    (one,) = jobs(a_mac())
    others = [jobs(a_mac(web(restart="no")))[0], jobs(a_mac(native={"log": "1MiB"}))[0]]
    others += jobs(a_mac(web(environment={"PRICE": "6$"})))
    assert len({job.definition for job in (one, *others)}) == 4


def test_what_no_stack_has_goes_first_and_data_stays() -> None:
    mac = a_mac()
    seen = converged(mac)
    old = JobSeen(FileSeen("old", "regular", "0644"), loaded=True)
    seen = replace(seen, jobs={**seen.jobs, "old": old}, volumes=seen.volumes | {"gone/data"})
    found = findings(mac, with_job(seen, "shop-web", loaded=False))
    assert rows(found) == [("native.old", "delete", ["program"]), (SHOP, "run", ["loaded"])]
    (notice,) = [one for one in found if isinstance(one, Notice)]
    assert (notice.address, notice.code) == ("native.volume.gone.data", "VOLUME_UNUSED")
    consented = findings(mac, seen, None, "delete-volumes")
    assert ("native.volume.gone.data", "delete", ["volume"]) in rows(consented)


def test_a_model_that_is_another_is_brought_again_and_one_of_nobody_removed() -> None:
    mac = a_mac()
    seen = replace(converged(mac), models={"ab" * 32: False, "cd" * 32: True})
    assert rows(findings(mac, seen)) == [
        ("native.model.weights", "update", ["file"]),
        ("native.model.cdcdcdcdcdcd", "delete", ["sha256"]),
    ]


def test_nobody_at_the_screen_and_anothers_home_are_refused() -> None:
    mac = a_mac()
    for changed, code in (({"screen": False}, "NATIVE_NEEDS_LOGIN"), ({"home": "/Users/x"}, "NATIVE_OTHER_HOME")):
        (found,) = findings(mac, replace(converged(mac), **changed))
        assert isinstance(found, Refusal)
        assert found.code == code


def test_something_else_at_its_place_is_refused() -> None:
    mac = a_mac()
    (found,) = findings(mac, with_file(converged(mac), "shop-web", kind="link", content=b""))
    assert isinstance(found, Refusal)
    assert found.code == "FILE_NOT_REGULAR"


def test_all_of_it_goes_and_data_only_with_consent() -> None:
    mac = a_mac()
    world = World(mac, fingerprints())
    (refused,) = RESOURCE.removal(Natively(), converged(mac), {}, world)
    assert isinstance(refused, Refusal)
    assert (refused.code, "shop/data" in refused.what) == ("CONSENT_MISSING", True)
    found = list(
        RESOURCE.removal(Natively(), converged(mac), {}, replace(world, consents=frozenset({"delete-volumes"})))
    )
    assert [address for address, _, _ in rows(found)] == [
        "native.shop-web",
        "native.volume.shop.data",
        "native.model.abababababab",
    ]
    assert list(RESOURCE.removal(Natively(), NativeSeen(home=HOME), {}, world)) == []
    places = list(RESOURCE.places(Natively(), mac))
    assert "~/Library/Logs/carbon-fleet-native-shop-web.log.1" in places
    assert RESOURCE.parts(Natively(), mac) == {SHOP: jobs(mac)[0].definition}


def test_a_port_of_ours_is_not_taken_and_homebrews_service_is_named() -> None:
    from carbon_fleet.snapshot import Block, Section, Snapshot
    from operations.preflight import listeners

    mac = a_mac(sections={"machine": Machine()})
    facts = {"uid": ("501",), "home": (HOME,), "screen": ("0",), "process": ("shop-web 100",)}
    facts |= {"launchd": ("brew nginx 0 77 -",)}
    native = Section("native", facts=facts, blocks={"disabled": Block("disabled", 0, ())})
    world = World(mac, Snapshot("m", {"native": native}))
    ours, brews = (listeners.Listener("tcp", "127.0.0.1", 8080, pid, "nginx") for pid in (100, 77))
    assert list(listeners.differences((ours,), frozenset(), world)) == []
    (taken,) = listeners.differences((brews,), frozenset(), world)
    assert isinstance(taken, Refusal)
    assert (taken.code, taken.remedy.endswith("`brew services stop nginx`")) == ("PORT_TAKEN", True)
