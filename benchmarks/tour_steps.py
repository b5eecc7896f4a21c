"""What is typed on the tour, and what happens to the lab in between."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

TEMPORARY = 'export TMPDIR="$(getconf DARWIN_USER_TEMP_DIR)"; '
PODMAN, BREW = "/opt/homebrew/bin/podman", "/opt/homebrew/bin/brew"
DROP_IN = "~/.config/containers/containers.conf.d/50-carbon-fleet.conf"
NOTE = {"guest": {"files": {"/etc/motd.d/lab.conf": {"content": "term 2\n"}}}}


def notes(version: str) -> dict[str, Any]:
    """The canaries' stacks: the proof, and a database with a password, a volume and a port."""
    database = {
        "image": f"docker.io/library/postgres:{version}",
        "secrets": {"POSTGRES_PASSWORD": "postgres-password"},
        "volumes": ["notes-data:/var/lib/postgresql/data"],
        "services": {"postgres": {"enabled": True, "ports": ["5432:5432"], "login": "postgres-password"}},
    }
    return {"stacks": ["vulkan-check", {"name": "notes", "containers": {"db": database}}]}


WAIVER = {
    "address": "provider.drop-in",
    "macs": ["mac-06"],
    "reason": "podman 7 is tried here",
    "owner": "lee",
    "expires": (datetime.now(UTC) + timedelta(days=30)).date().isoformat(),
}


@dataclass(frozen=True)
class Step:
    """One command line, its words, and what happened before: on Macs (shell), by faults, in the lab file."""

    command: str
    words: str
    title: str = ""
    exit: int = 0
    lines: int = 30
    talk: bool = False
    """Whether what goes to standard error is shown, too."""
    on_macs: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    mended: tuple[str, ...] = ()
    """Macs whose faults are over from now on."""
    offered: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By Mac: versions that Homebrew offers there from now on."""
    lab: Mapping[str, Any] = field(default_factory=dict)


STEPS = (
    Step("carbon-fleet validate lab.yml", "A lab file is right, or every mistake in it has its line.", "The lab file"),
    Step("carbon-fleet show lab.yml mac-02 --origin", "What one Mac should be, and which line says so.", lines=14),
    Step(
        "carbon-fleet plan lab.yml",
        "Twenty bare Macs: Homebrew and nothing else. Those that need the same stand together: the canaries "
        "are to have\na database besides.",
        "From nothing",
        exit=2,
        lines=100,
    ),
    Step(
        "carbon-fleet apply lab.yml --yes --canary canary --max-failures 2 --quiet | tail -n 22",
        "The canaries first; the others once these are verified.",
        lines=24,
    ),
    Step("carbon-fleet apply lab.yml --yes --quiet | tail -n 4", "Again: one look a Mac, no command."),
    Step(
        "carbon-fleet verify lab.yml --limit canary --quiet | tail -n 4",
        "An independent look, the GPU computing.",
        "Is it so?",
    ),
    Step(
        "carbon-fleet prove lab.yml --limit canary --quiet | tail -n 4", "Right numbers, from which device, how fast."
    ),
    Step(
        "carbon-fleet matrix lab.yml mac-01 --quiet",
        "Which container runtime of a Mac computes on what, as measured.",
    ),
    Step("carbon-fleet probe lab.yml mac-01 | grep ^%end", "What a look takes, in milliseconds a section."),
    Step("carbon-fleet urls lab.yml mac-02", "What people may open there.", "What is on it"),
    Step("carbon-fleet secret list lab.yml --limit canary --quiet", "The passwords, and whether their copies agree."),
    Step("carbon-fleet volume list lab.yml mac-01 --quiet", "The data."),
    Step("carbon-fleet images list lab.yml mac-01 --quiet", "The images."),
    Step(
        "carbon-fleet drift lab.yml --quiet",
        "Then it is Tuesday. On mac-03 somebody stopped the machine, on mac-04 `brew upgrade` ran, on mac-05 a\n"
        "file is gone, on mac-06 it was changed, which the lab file now waives; mac-07 does not answer, and mac-08 is\n"
        "to have a file more. `drift` says what, and why: one look a Mac, nothing changes.",
        "What moved, and who moved it",
        exit=5,
        lines=90,
        on_macs={
            "mac-03": f"{PODMAN} machine stop carbon >/dev/null",
            "mac-04": f"{BREW} upgrade podman >/dev/null && {BREW} unlink podman >/dev/null",
            "mac-05": f"rm {DROP_IN}",
            "mac-06": f"echo '# ours' >>{DROP_IN}",
        },
        faults={"mac-07": "ssh-dead"},
        offered={"mac-04": {"podman": "6.2.0"}},
        lab={"macs": {"mac-08": NOTE}, "waivers": [WAIVER]},
    ),
    Step(
        "carbon-fleet drift lab.yml --fix --quiet",
        "`--fix` undoes what was changed on the Macs alone; the update and the new wish are left.",
        exit=5,
        lines=60,
    ),
    Step(
        "carbon-fleet plan lab.yml --limit mac-08 -o tuesday.plan --quiet",
        "A plan is kept in a file, to be looked at by somebody else…",
        "A plan is a promise",
        exit=2,
    ),
    Step(
        "carbon-fleet apply tuesday.plan --yes --quiet",
        "…and refused where anything moved since: here somebody stopped the machine of mac-08 meanwhile.",
        exit=3,
        lines=24,
        on_macs={"mac-08": f"{PODMAN} machine stop carbon >/dev/null"},
    ),
    Step("carbon-fleet apply lab.yml --yes --limit mac-04,mac-08 --quiet", "As the lab file says, then.", lines=40),
    Step("carbon-fleet history -n 8", "Every run is kept.", "What was it like before?"),
    Step("carbon-fleet diff latest~3 latest --lab brisbane", "And compared.", exit=2, lines=24),
    Step(
        "carbon-fleet report latest~4 --format html -o fleet.html",
        "One page for the wall, of Tuesday's first look: [this one](tour-fleet.html).",
    ),
    Step("carbon-fleet metrics lab.yml | grep -v '^#' | sed -n 1,8p", "Metrics for node_exporter.", lines=10),
    Step("carbon-fleet unlock lab.yml mac-02", "Who is changing this Mac?"),
    Step(
        "carbon-fleet apply lab.yml --yes --limit mac-01 --quiet",
        "The database is to be a newer one…",
        "There and back",
        lab={"groups": {"canary": notes("17.6")}},
    ),
    Step("carbon-fleet rollback lab.yml mac-01 notes --yes --quiet", "…and was better before."),
    Step(
        "carbon-fleet apply lab.yml --yes --limit mac-07,mac-09 --quiet",
        "One Mac still does not answer.",
        exit=5,
    ),
    Step("carbon-fleet resume --yes --quiet", "It is back: the run is taken up for it alone.", mended=("mac-07",)),
)  # fmt: skip
