"""A plan as it is read: Macs that need the same together, replacements with what is at stake, and the sum."""

import io

import pytest
from rich.console import Console

from carbon_fleet.plan import Attribute
from carbon_fleet.report.document import Cause, Failure, MacReport, Outcome, Planned, Report
from carbon_fleet.report.plan_lines import spans
from carbon_fleet.report.text import print_report

FILE = Planned(
    "guest.file./etc/x", "update", [Attribute("mode", "0644", "0600")], "the lab file says so", [], ["chmod"]
)
NEW = Planned("homebrew.formula.jq", "create", [Attribute("version", None, "*")], "it is not installed", [], [])
ANEW = Planned(
    "machine.carbon",
    "replace",
    [Attribute("provider", "applehv", "libkrun"), Attribute("disk", "100GiB", "50GiB")],
    "a machine cannot change its provider",
    ["3 volumes: data, notes, models", "2 running containers"],
    [],
)
GONE = Planned("stack.old", "delete", [], "no stack is called so", [], [])
RUN = Planned("stack.systemd", "run", [], "systemd has to read the units again", [], [])
STOPPED = Failure("guest", "GUEST_STOPPED", "the virtual machine is stopped", "so it is", "apply starts it")


def mac(number: int, *changes: Planned, **more: object) -> MacReport:
    outcome = Outcome.DRIFTED if changes else Outcome.CONVERGED
    return MacReport(f"mac-{number:02}", outcome, changes=list(changes), **more)  # type: ignore[arg-type]


def rendered(*macs: MacReport, **options: object) -> list[str]:
    out = io.StringIO()
    report = Report("plan", "brisbane", "lab.yml", "", macs=list(macs), options=dict(options))
    print_report(report, Console(file=out, width=100, emoji=False, highlight=False))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_macs_that_need_the_same_stand_together() -> None:
    macs = [mac(number, FILE, NEW) for number in range(1, 39)]
    assert rendered(*macs, mac(39, GONE, RUN), mac(40)) == [
        "38 Macs: mac-01 … mac-38",
        "    ~ guest.file./etc/x  the lab file says so",
        "        mode: 0644 → 0600",
        "    + homebrew.formula.jq  it is not installed",
        "        version: (none) → *",
        "",
        "mac-39",
        "    - stack.old  no stack is called so",
        "    > stack.systemd  systemd has to read the units again",
        "",
        "Plan: 38 to create, 38 to change, 0 to replace, 1 to remove, 1 to run, on 39 of 40 Macs",
    ]


def test_a_replacement_says_what_is_at_stake_and_how_to_consent() -> None:
    assert rendered(mac(1, ANEW), mac(2, ANEW), mac(3)) == [
        "2 Macs: mac-01, mac-02",
        "  -/+ machine.carbon  a machine cannot change its provider  # forces replacement",
        "        provider: applehv → libkrun  # forces replacement",
        "        disk: 100GiB → 50GiB  # forces replacement",
        "        at stake: 3 volumes: data, notes, models",
        "        at stake: 2 running containers",
        "      apply replaces only with your consent: --allow-replace mac-01 --allow-replace mac-02",
        "",
        "Plan: 0 to create, 0 to change, 2 to replace, 0 to remove, on 2 of 3 Macs",
    ]


def test_what_is_known_only_later_and_what_was_not_chosen_are_said() -> None:
    assert rendered(mac(1, FILE, later=["guest", "stack"], left=[NEW, GONE], notices=[STOPPED])) == [
        "mac-01",
        "    ~ guest.file./etc/x  the lab file says so",
        "        mode: 0644 → 0600",
        "      known only after apply: guest, stack",
        "      not chosen: homebrew.formula.jq, stack.old",
        "  note guest GUEST_STOPPED",
        "        the virtual machine is stopped",
        "        why: so it is",
        "        do: apply starts it",
        "",
        "Plan: 0 to create, 1 to change, 0 to replace, 0 to remove, on 1 of 1 Mac",
    ]


def test_one_sentence_when_nothing_is_to_do() -> None:
    assert rendered(mac(1), mac(2)) == ["No changes. The lab is as `lab.yml` says."]
    assert rendered(mac(1), limit=["mac-01"]) == ["No changes. What was chosen is as `lab.yml` says."]
    assert rendered(mac(1), only=["stack"]) == ["No changes. What was chosen is as `lab.yml` says."]


def test_macs_that_could_not_be_seen_are_no_part_of_the_plan() -> None:
    unreachable = MacReport("mac-02", Outcome.UNREACHABLE, failures=[Failure("mac", "UNREACHABLE", "a", "b", "c")])
    refused = MacReport("mac-03", Outcome.REFUSED, changes=[FILE], failures=[Failure("machine.x", "NO", "a", "b", "c")])
    assert rendered(mac(1), unreachable, refused) == [
        "mac-02",
        "  failed mac UNREACHABLE",
        "        a",
        "        why: b",
        "        do: c",
        "",
        "mac-03",
        "    ~ guest.file./etc/x  the lab file says so",
        "        mode: 0644 → 0600",
        "  refused machine.x NO",
        "        a",
        "        why: b",
        "        do: c",
        "",
        "No changes on 1 of 3 Macs",
        "Not planned: mac-02, mac-03",
    ]
    assert rendered(mac(1, NEW), unreachable)[-2:] == [
        "Plan: 1 to create, 0 to change, 0 to replace, 0 to remove, on 1 of 2 Macs",
        "Not planned: mac-02",
    ]


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ("a", "a"),
        ("a b", "a, b"),
        ("a b c", "a … c"),
        ("a c", "a, c"),
        ("a b c e f", "a … c, e, f"),
        ("a c d e f", "a, c … f"),
        ("c a", "c, a"),
    ],
)
def test_names_are_shortened_only_where_none_is_left_out(names: str, shown: str) -> None:
    assert spans(names.split(), list("abcdef")) == shown


def test_what_a_mac_said_is_no_markup() -> None:
    lying = Planned("guest.file.[red]", "update", [Attribute("\x1b[2Jx", "[bold]", "b")], "[dim]", ["\x07"], [])
    text = "\n".join(rendered(mac(1, lying)))
    assert "[red]" in text
    assert "[bold]" in text
    assert "\x1b" not in text
    assert "\x07" not in text


def test_what_is_out_of_the_lock_is_told_with_its_cause_and_left() -> None:
    def out(number: int, version: str) -> MacReport:
        attributes = [Attribute("version", version, "6.1.1")]
        moved = Planned("lock.podman", "update", attributes, "it moved", [], [], Cause.ENVIRONMENT)
        return MacReport(f"mac-{number:02}", Outcome.DRIFTED, left=[moved])

    lines = rendered(out(1, "6.2.0"), out(2, "6.2.0"), out(3, "6.3.0"))
    assert lines == [
        "2 Macs: mac-01, mac-02",
        "    ~ lock.podman  it moved",
        "        version: 6.2.0 → 6.1.1",
        "        cause: environment",
        "",
        "mac-03",
        "    ~ lock.podman  it moved",
        "        version: 6.3.0 → 6.1.1",
        "        cause: environment",
        "",
        "No changes. The lab is as `lab.yml` says.",
        "Out of the lock: mac-01 … mac-03; apply leaves that, `carbon-fleet compat lab.yml` judges it",
    ]
    skipped = rendered(out(1, "6.2.0"), skip=["lock"])
    assert skipped == [
        "mac-01",
        "      not chosen: lock.podman",
        "",
        "No changes. What was chosen is as `lab.yml` says.",
    ]
