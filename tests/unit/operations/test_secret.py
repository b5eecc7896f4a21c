"""The differences of secrets, on the Mac and in its machine, and of the containers made with older ones."""

import base64
import json
from dataclasses import replace
from pathlib import Path

import pytest

from carbon_fleet.plan import Change, Refusal, World
from carbon_fleet.snapshot import Block, Guest, Section, Snapshot, Unreadable, probe_script, read_snapshot
from carbon_fleet.spec import Given
from operations import secret, stack
from operations.secret.machine import CopiesSeen, handed_on, outdated, read_copies, unused
from operations.secret.seen import SecretSeen, SecretsSeen, read
from operations.secret.state import states
from operations.stack.quadlet import units
from operations.stack.seen import StackSeen
from operations.stack.wish import Stacks
from tests.unit.operations import stack_world
from tests.unit.operations.secret_world import CONVERGED, MAC, a_mac, findings, rows, with_file

CANARY = "canary-7f3a"
TRANSCRIPTS = Path(__file__).parents[2] / "transcripts" / "secret"
PRINTS = {"jupyter-token": "p1", "given": "p2", "other": "p3"}


def look(prints: dict[str, str]) -> Snapshot:
    """A look at a Mac whose copies have these fingerprints."""
    lines = tuple(f"secret {name} regular 600 - {print_} -" for name, print_ in prints.items())
    section = Section("secret", blocks={"secrets": Block("secrets", 0, lines)})
    return Snapshot("m", {"secret": section}, Guest.REACHED)


WORLD = World(MAC, look(PRINTS))


def test_nothing_is_left_to_do_when_all_is_right() -> None:
    assert findings(CONVERGED) == []
    assert list(handed_on(CopiesSeen(PRINTS, PRINTS), WORLD)) == []
    assert list(unused(CopiesSeen(PRINTS, PRINTS), WORLD)) == []


def test_from_nothing() -> None:
    assert rows(SecretsSeen()) == [
        ("secret", "create", ["mode", "key"]),
        ("secret.jupyter-token", "create", ["value", "mode"]),
        ("secret.given", "create", ["value", "mode"]),
        ("secret.other", "create", ["value", "mode"]),
    ]
    made = [c for change in findings(SecretsSeen()) if isinstance(change, Change) for c in change.commands]
    assert [command.argv[4:] for command in made] == [
        ("prepare",),
        ("make", "jupyter-token", "32"),
        ("keep", "given"),
        ("make", "other", "40"),
    ]


@pytest.mark.parametrize(
    ("seen", "row"),
    [
        (replace(CONVERGED, key=False), ("secret", "update", ["key"])),
        (replace(CONVERGED, folder=SecretSeen("directory", "0755")), ("secret", "update", ["mode"])),
        (with_file("other", kind="absent"), ("secret.other", "create", ["value", "mode"])),
        (with_file("other", kind="empty"), ("secret.other", "create", ["value", "mode"])),
        (with_file("other", mode="0644"), ("secret.other", "update", ["mode"])),
        (with_file("given", given="other"), ("secret.given", "update", ["value"])),
    ],
)
def test_drift_on_the_mac_is_told_by_address_and_attribute(seen: SecretsSeen, row: tuple[str, str, list[str]]) -> None:
    assert rows(seen) == [row]


@pytest.mark.parametrize(
    ("seen", "code", "remedy"),
    [
        (with_file("other", kind="link"), "FILE_NOT_REGULAR", "mv ~/.config/carbon-fleet/secrets/other "),
        (with_file("other", owner="root"), "SECRET_NOT_OURS", "sudo chown $USER ~/.config/carbon-fleet/secrets/other"),
        (replace(CONVERGED, folder=SecretSeen("regular")), "FILE_NOT_REGULAR", "mv ~/.config/carbon-fleet/secrets "),
        (replace(CONVERGED, folder=SecretSeen("directory", "0700", "eve")), "SECRET_NOT_OURS", "sudo chown $USER"),
    ],
)
def test_what_is_not_ours_to_change_is_refused(seen: SecretsSeen, code: str, remedy: str) -> None:
    (refusal,) = findings(seen)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert remedy in refusal.remedy


def test_a_value_that_cannot_be_had_is_refused_with_what_to_do() -> None:
    mac = a_mac(given={"given": Given(what="the variable `LAB_GIVEN` is not set", write="export LAB_GIVEN")})
    (refusal,) = findings(CONVERGED, mac)
    assert isinstance(refusal, Refusal)
    assert (refusal.address, refusal.code) == ("secret.given", "SECRET_NOT_GIVEN")
    assert (refusal.what, refusal.remedy) == ("the variable `LAB_GIVEN` is not set", "export LAB_GIVEN")
    assert refusal.why == "shop.lab cannot do without it"


def test_a_verb_that_looked_nothing_up_does_not_judge_given_values() -> None:
    mac = a_mac(given={})
    assert findings(with_file("given", given=""), mac) == []
    assert findings(with_file("given", kind="absent"), mac) == []


@pytest.mark.parametrize(
    ("copies", "labels", "before"),
    [
        ({**PRINTS, "other": "p9"}, PRINTS, "another one"),
        ({**PRINTS, "other": ""}, PRINTS, "another one"),
        (PRINTS, {**PRINTS, "other": "p9"}, "without its label"),
        (PRINTS, {"jupyter-token": "p1", "given": "p2"}, "without its label"),
        ({"jupyter-token": "p1", "given": "p2"}, PRINTS, "none"),
    ],
)
def test_drift_in_the_machine_is_handed_on_again(copies: dict[str, str], labels: dict[str, str], before: str) -> None:
    (change,) = handed_on(CopiesSeen(copies, labels), WORLD)
    assert change.address == "secret.other"
    assert [(a.name, a.before, a.after) for a in change.attributes] == [("copy in the machine", before, "the Mac's")]
    (command,) = change.commands
    assert command.argv[4:] == ("take", "other")
    assert command.fed[4:] == ("tell", "other")


def test_a_first_look_lists_what_will_be_handed_on() -> None:
    world = World(MAC, Snapshot("m"))
    assert [change.address for change in handed_on(CopiesSeen(), world)] == [
        "secret.jupyter-token",
        "secret.given",
        "secret.other",
    ]


def test_copies_nobody_uses_are_removed_from_the_machine_only() -> None:
    seen = CopiesSeen({**PRINTS, "old": "p9", "somebodys": ""}, {**PRINTS, "half": ""})
    assert [(c.address, c.action.value, c.commands[0].argv[4:]) for c in unused(seen, WORLD)] == [
        ("secret.half", "delete", ("drop", "half")),
        ("secret.old", "delete", ("drop", "old")),
    ]


def test_copies_a_way_back_needs_stay() -> None:
    seen = CopiesSeen({**PRINTS, "old": "p9"}, PRINTS)
    text = "[Container]\nSecret=carbon-fleet-old,type=env,target=TOKEN\n"
    assert list(unused(seen, WORLD, [text])) == []
    assert [change.address for change in unused(seen, WORLD, ["Secret=carbon-fleet-older,type=env\n"])] == [
        "secret.old"
    ]


def test_only_containers_made_with_an_older_value_are_restarted() -> None:
    seen = stack_world.converged(MAC)
    wished = {unit.container_name: unit for unit in units(MAC.section("stacks", Stacks), MAC)}
    made = {"shop-lab": {"jupyter-token": "p1", "given": "p2"}, "shop-store": {"other": "p3", "jupyter-token": "p0"}}
    for name, secrets in made.items():
        seen = stack_world.with_container(seen, wished[name], secrets=secrets)
    seen = replace(seen, copies=CopiesSeen(PRINTS, PRINTS))
    (change,) = [c for c in stack_world.changes(MAC, seen, look(PRINTS)) if c.reason.startswith("its secret")]
    assert (change.address, change.action.value) == ("stack.shop.store", "run")
    assert change.reason == "its secret has changed: jupyter-token"
    assert str(change.commands[0]) == "systemctl stop carbon-fleet-shop-store.service"


def test_a_container_whose_secrets_cannot_be_judged_is_left_alone() -> None:
    assert outdated({"A": "other"}, {}, World(MAC, Snapshot("m"))) == ()


def test_units_name_secrets_and_labels_never_values() -> None:
    text = next(unit.text for unit in units(MAC.section("stacks", Stacks), MAC) if unit.name == "lab")
    assert "Secret=carbon-fleet-given,type=mount,target=/run/secrets/given,mode=0444\n" in text
    assert "Secret=carbon-fleet-jupyter-token,type=env,target=TOKEN\n" in text
    assert 'PodmanArgs="--label-file=/var/lib/carbon-fleet/secrets/jupyter-token"\n' in text


def test_a_given_value_is_in_no_text_but_the_probes_own_and_standard_input() -> None:
    mac = a_mac(given={"given": Given(CANARY)})
    encoded = base64.b64encode(CANARY.encode()).decode()
    assert encoded in secret.RESOURCE.question(mac).variables["CF_SECRET_GIVEN"]
    found = findings(SecretsSeen(), mac)
    shown = repr(mac) + repr(found) + json.dumps(mac.wish()) + "".join(map(str, found))
    assert CANARY not in shown
    assert encoded not in shown
    commands = [c for f in found if isinstance(f, Change) for c in f.commands]
    assert [encoded in (command.stdin or "") for command in commands] == [False, False, True, False]
    assert all(encoded not in word and CANARY not in word for command in commands for word in command.argv)
    assert mac.digest == MAC.digest


def test_given_values_never_reach_the_machines_part_of_the_probe() -> None:
    mac = a_mac(given={"given": Given(CANARY)})
    questions = [secret.RESOURCE.question(mac), stack.RESOURCE.question(mac)]
    hop = probe_script(questions).partition("cf_hop <<")[2]
    assert "cf_guest_probe" in hop
    assert base64.b64encode(CANARY.encode()).decode() not in hop


def test_the_section_is_typed() -> None:
    seen = read(read_snapshot("m", (TRANSCRIPTS / "mixed.txt").read_text().splitlines()).section("secret"))
    assert seen.folder == SecretSeen("directory", "0755")
    assert seen.key
    assert seen.of("given") == SecretSeen("regular", "0600", "", "8a" * 32, "other")
    assert seen.of("open").mode == "0644"
    assert seen.of("roots") == SecretSeen("regular", "0600", "root")
    assert seen.of("missing") == SecretSeen()
    assert read(Section("secret", facts={"asked": ("no",)})) == SecretsSeen()
    cut = Section("secret", blocks={"secrets": Block("secrets", 0, ("secret",))})
    with pytest.raises(Unreadable, match="lacks a word"):
        read(cut)
    with pytest.raises(Unreadable, match="exit status 2"):
        read(Section("secret", blocks={"secrets": Block("secrets", 2, (), ("Can't locate Digest/SHA.pm",))}))


def test_podmans_secrets_are_typed() -> None:
    copies = (TRANSCRIPTS / "podman-5.4-secrets.json").read_text().splitlines()
    labels = ("web-token io.carbon-fleet.secret.web-token=abc", "half ")
    section = Section("stack", facts={"secret_label": labels}, blocks={"secrets": Block("secrets", 0, tuple(copies))})
    seen = read_copies(section)
    assert seen.labels == {"web-token": "abc", "half": ""}
    assert seen.copies == {"web-token": "fe" * 32, "by-hand": ""}
    assert read_copies(Section("stack")) == CopiesSeen()
    assert read_copies(Section("stack", blocks={"secrets": Block("secrets", 0)})) == CopiesSeen()
    with pytest.raises(Unreadable, match="lacks"):
        read_copies(Section("stack", blocks={"secrets": Block("secrets", 0, ('[{"Name": "x"}]',))}))
    with pytest.raises(Unreadable, match="exit status 125"):
        read_copies(Section("stack", blocks={"secrets": Block("secrets", 125)}))


def test_states_say_where_each_is() -> None:
    listed = [
        {"Spec": {"Name": f"carbon-fleet-{n}", "Labels": {"io.carbon-fleet.fingerprint": PRINTS[n]}}} for n in PRINTS
    ]
    listed[2]["Spec"]["Labels"] = {}
    machine = Section("stack", blocks={"secrets": Block("secrets", 0, (json.dumps(listed[1:]),))})
    snapshot = look(PRINTS)
    found = states(World(MAC, replace(snapshot, sections={**snapshot.sections, "stack": machine})))
    assert [(s.name, s.source, s.used_by, s.on_mac, s.in_machine) for s in found] == [
        ("jupyter-token", "generate", ("shop.lab", "shop.store"), "yes", "none"),
        ("given", "env", ("shop.lab",), "yes", "the Mac's"),
        ("other", "generate", ("shop.store",), "yes", "another one"),
        ("spare", "generate", (), "not used", "not used"),
    ]
    assert [s.in_machine for s in states(WORLD)][:3] == ["unknown"] * 3
    assert [s.on_mac for s in states(World(MAC, Snapshot("m")))][:3] == ["unknown"] * 3
    assert StackSeen().copies == CopiesSeen()
