"""From what was seen and tried to a line of the matrix; pure. Nothing is known of a runtime beforehand."""

from dataclasses import replace

from carbon_fleet.matrix.runtimes import (
    APPLE,
    APPLEHV,
    COLIMA,
    DOCKER,
    LIBKRUN,
    LIMA,
    NATIVE,
    TITLES,
    Computed,
    Entry,
    Seen,
    Verdict,
    told,
)
from carbon_fleet.matrix.starting import Turn
from carbon_fleet.matrix.trying import Tried
from carbon_fleet.prove.document import Proof
from carbon_fleet.prove.jobs import right
from carbon_fleet.prove.judge import is_software, judge
from carbon_fleet.report.document import Failure
from operations.image.recipe import Recipe

HERE = "Podman libkrun is what carbon-fleet sets up for the GPU; nothing has to be done here"
ASK = "look at it on the Mac itself, then run the matrix again"
TERMS_BY_HAND = "at the Mac's screen run `open -a Docker` and accept them, or leave it untried"
NO_ENGINE = "no container engine answers"
"""How `files/lima/engine.sh` ends where there is none."""
_NO_ANSWER = frozenset({"PROOF_HUNG", "PROOF_FOREIGN", "PROOF_FAILED", "GPU_HUNG"})
_ARCHIVE = "/tmp/vulkan-check.tar"  # noqa: S108  # a place for a person to use, on their own Mac


def untried(seen: Seen, recipe: Recipe | None, *, native: bool, busy: str | None = None) -> Entry | None:
    """The entry of a runtime that is not tried, and why; None when it can be tried.

    `native`: a tool is declared. `busy`: stopped ones are started for a try, but a Podman machine where another one, of
    this name, runs; None: nothing is started.
    """
    if seen.runtime == NATIVE:
        return _native(seen, native)
    if not seen.present:
        return told(seen, Verdict.ABSENT, _absent(seen), "")
    if not seen.running and (stopped := _stopped(seen, busy)) is not None:
        return stopped
    if (seen.runtime != LIBKRUN or not seen.running) and recipe is None:
        why = "the lab file wishes no vulkan-check on this Mac: there is no image to try"
        return told(
            seen,
            Verdict.UNMEASURED,
            why,
            "write `stacks: [vulkan-check]` for it (without a GPU for stacks: `images: {vulkan-check: {}}`) and apply",
        )
    if seen.runtime != LIBKRUN and not seen.cli:
        return told(seen, Verdict.UNMEASURED, f"{TITLES[seen.runtime]}: {seen.trouble}", ASK)
    return None


def _stopped(seen: Seen, busy: str | None) -> Entry | None:
    """Why one that does not run stays so; None when it is to be started."""
    if seen.running is None:
        return told(seen, Verdict.UNMEASURED, f"whether it runs is unknown: {seen.trouble}", _by_hand(seen))
    if busy is None:
        why = f"it is there, not running{'; ' + seen.barred if seen.barred else ''}"
        remedy = TERMS_BY_HAND if seen.barred else f"{_by_hand(seen)}; or let it be started and stopped: --try"
        return told(seen, Verdict.UNMEASURED, why, remedy)
    if seen.runtime in (APPLEHV, LIBKRUN) and busy:
        why = f"it is there, not running: the machine {busy} runs, and podman runs one at a time"
        remedy = f"`podman machine stop {busy}`, run the matrix again, and start it again"
        return told(seen, Verdict.UNMEASURED, why, remedy)
    if seen.barred:
        return told(seen, Verdict.UNMEASURED, f"it was not started: {seen.barred}", TERMS_BY_HAND)
    return None


def _by_hand(seen: Seen) -> str:
    return f"{start(seen)}; then run the matrix again"


def of_turn(seen: Seen, turn: Turn, recipe: Recipe, machine: str, *, software: bool) -> Entry:
    """The entry of a runtime that was started for its try."""
    if turn.tried is None:
        why = turn.said if turn.theirs else f"it did not start: {turn.said}"
        return told(seen, Verdict.UNMEASURED, why, _by_hand(seen))
    entry = of_engine(seen, turn.tried, recipe, machine, software=software)
    return replace(entry, starts_in=turn.seconds)


def start(seen: Seen) -> str:
    """The command, on the Mac, that starts a runtime."""
    if seen.runtime in (APPLEHV, LIBKRUN):
        provider = seen.runtime.removeprefix("podman-")
        return f"`CONTAINERS_MACHINE_PROVIDER={provider} podman machine start {seen.name}` (one machine runs at a time)"
    return {
        DOCKER: "`docker desktop start` (or `open -a Docker` at the Mac's screen)",
        LIMA: f"`limactl start {seen.name}`",
        COLIMA: f"`colima start --profile {seen.name}`",
        APPLE: "`container system start`",
    }[seen.runtime]


def bring(seen: Seen, tag: str, machine: str) -> str:
    """The commands, on the Mac, that bring the image `tag` from the lab's `machine` to an engine."""
    save = f"podman --connection {machine}-root save"
    if seen.runtime in (LIMA, COLIMA):
        way = {LIMA: f"limactl shell {seen.name}", COLIMA: f"colima ssh --profile {seen.name} --"}[seen.runtime]
        return f"`{save} --format oci-archive {tag} | {way} nerdctl load` (or `docker load`, whichever it has)"
    if seen.runtime == DOCKER:
        return f"`{save} {tag} | DOCKER_HOST={seen.server} docker load`"
    archive = f"`{save} --format oci-archive -o {_ARCHIVE} {tag}`"
    if seen.runtime == APPLE:
        return f"{archive}, then `container image load --input {_ARCHIVE}`"
    return f"{archive} while {machine} runs, then `podman --connection {seen.server} load -i {_ARCHIVE}`"


def of_engine(seen: Seen, result: Tried, recipe: Recipe, machine: str, *, software: bool) -> Entry:
    """The entry of an engine that was tried."""
    if result.image != "there":
        other = "an image of that name is there, but made from other inputs" if result.image == "other" else ""
        why = other or f"image not there: {recipe.tag}"
        if result.said.startswith(NO_ENGINE):
            return told(seen, Verdict.UNMEASURED, result.said, ASK)
        return told(seen, Verdict.UNMEASURED, why, bring(seen, recipe.tag, machine))
    if result.hung:
        return told(seen, Verdict.CANNOT, "the proof gave no answer within its deadline", ASK)
    if result.proof is None:
        return told(seen, Verdict.UNMEASURED, f"the container did not prove: {result.said}", ASK)
    if not result.proof.jobs and result.device_refused:
        why = f"its containers run, without a GPU: it has no /dev/dri to give ({result.device_refused})"
        return told(seen, Verdict.CANNOT, why, HERE)
    return of_proof(seen, result.proof, software=software)


def of_proof(seen: Seen, proof: Proof, *, software: bool) -> Entry:
    """The entry of a runtime whose container gave a proof; `software` is the lab's `accept_software_gpu`."""
    device = proof.device or proof.venus
    numbers = all(right(job) for job in proof.jobs) if proof.jobs and not proof.modelled else None
    about = Computed(device.name if device else None, proof.through, numbers)
    if proof.modelled and proof.jobs:
        why = "its answer is made up by the simulation: nothing was computed"
        return told(seen, Verdict.UNMEASURED, why, "use a lab with `--vm real`, or a Mac", about)
    judgement = judge(proof, accept_software=software)
    first = judgement.failures[0] if judgement.failures else None
    if not proof.jobs:
        remedy = first.remedy if first and seen.runtime == LIBKRUN else HERE
        why = f"its containers run, without a GPU: {first.what if first else 'nothing was computed'}"
        why += " (modelled by the simulation)" if proof.modelled else ""
        return told(seen, Verdict.CANNOT, why, remedy, about)
    if first is None:
        verdict = Verdict.CPU if is_software(proof) else Verdict.GPU
        return told(seen, verdict, _computed(proof), "", about)
    slow = first.code in ("GPU_CPU_SPEED", "GPU_SOFTWARE") and numbers
    return told(seen, Verdict.CPU if slow else Verdict.CANNOT, first.what, first.remedy, about)


def of_failure(seen: Seen, failure: Failure) -> Entry:
    """The entry of Podman libkrun when the lab's own container gave no proof."""
    verdict = Verdict.CANNOT if failure.code in _NO_ANSWER else Verdict.UNMEASURED
    return told(seen, verdict, failure.what, failure.remedy)


def of_trouble(seen: Seen, what: str) -> Entry:
    """The entry of a runtime whose try came to no end."""
    return told(seen, Verdict.UNMEASURED, what, ASK)


def _absent(seen: Seen) -> str:
    if seen.runtime in (APPLEHV, LIBKRUN):
        provider = seen.runtime.removeprefix("podman-")
        return f"podman has no machine of the provider {provider}" if seen.version else "podman is not installed"
    if seen.runtime in (LIMA, COLIMA) and seen.version:
        return f"{TITLES[seen.runtime]} is installed and has no instance"
    return f"{TITLES[seen.runtime]} is not installed"


def _native(seen: Seen, declared: bool) -> Entry:
    if not declared:
        why = "no native tool declared"
        remedy = "declare `homebrew: {formulae: {llama.cpp: }}`, apply, and run `carbon-fleet bench`"
        return told(seen, Verdict.UNMEASURED, why, remedy)
    if not seen.present:
        return told(seen, Verdict.ABSENT, "llama.cpp is declared and not installed", "`carbon-fleet apply LAB`")
    device = seen.name.rstrip() or None
    why = f"llama-bench lists {device}; listing is not computing" if device else "llama-bench lists no device"
    why = f"llama-bench failed: {seen.trouble}" if seen.trouble else why
    return told(seen, Verdict.UNMEASURED, why, "`carbon-fleet bench` computes on it", Computed(device))


def _computed(proof: Proof) -> str:
    jobs, compute = len(proof.jobs), proof.compute
    speed = ""
    if compute and compute.cpu_gflop_s:
        speed = f", {compute.gpu_gflop_s / compute.cpu_gflop_s:.1f} times as fast as one CPU core"
    how = "through Venus" if proof.through == "venus" else "directly, not through Venus"
    return f"{jobs} jobs with known answers right, {how}{speed}"
