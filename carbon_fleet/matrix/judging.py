"""From what was seen and tried to a line of the matrix; pure. Nothing is known of a runtime beforehand."""

from carbon_fleet.matrix.runtimes import (
    APPLE,
    APPLEHV,
    DOCKER,
    LIBKRUN,
    NATIVE,
    TITLES,
    Computed,
    Entry,
    Seen,
    Verdict,
    told,
)
from carbon_fleet.matrix.trying import Tried
from carbon_fleet.prove.document import Proof
from carbon_fleet.prove.jobs import right
from carbon_fleet.prove.judge import is_software, judge
from carbon_fleet.report.document import Failure
from operations.image.recipe import Recipe

HERE = "Podman libkrun is what carbon-fleet sets up for the GPU; nothing has to be done here"
ASK = "look at it on the Mac itself, then run the matrix again"
_NO_ANSWER = frozenset({"PROOF_HUNG", "PROOF_FOREIGN", "PROOF_FAILED", "GPU_HUNG"})
_ARCHIVE = "/tmp/vulkan-check.tar"  # noqa: S108  # a place for a person to use, on their own Mac


def untried(seen: Seen, recipe: Recipe | None, *, native: bool) -> Entry | None:
    """The entry of a runtime that is not tried, and why; None when it can be tried. `native`: a tool is declared."""
    if seen.runtime == NATIVE:
        return _native(seen, native)
    title = TITLES[seen.runtime]
    if not seen.present:
        return told(seen, Verdict.ABSENT, _absent(seen), "")
    if not seen.running:
        stopped = "it is there, not running" if seen.running is False else f"whether it runs is unknown: {seen.trouble}"
        return told(seen, Verdict.UNMEASURED, stopped, f"{start(seen)}; then run the matrix again")
    if seen.runtime != LIBKRUN and recipe is None:
        why = "the lab file wishes no vulkan-check on this Mac: there is no image to try"
        return told(
            seen,
            Verdict.UNMEASURED,
            why,
            "write `stacks: [vulkan-check]` for it (without a GPU for stacks: `images: {vulkan-check: {}}`) and apply",
        )
    if seen.runtime != LIBKRUN and not seen.cli:
        return told(seen, Verdict.UNMEASURED, f"{title}: {seen.trouble}", ASK)
    return None


def start(seen: Seen) -> str:
    """The command, on the Mac, that starts a runtime."""
    if seen.runtime in (APPLEHV, LIBKRUN):
        provider = seen.runtime.removeprefix("podman-")
        return f"`CONTAINERS_MACHINE_PROVIDER={provider} podman machine start {seen.name}` (one machine runs at a time)"
    return {
        DOCKER: "`docker desktop start` (or `open -a Docker` at the Mac's screen)",
        APPLE: "`container system start`",
    }[seen.runtime]


def bring(seen: Seen, tag: str, machine: str) -> str:
    """The commands, on the Mac, that bring the image `tag` from the lab's `machine` to an engine."""
    save = f"podman --connection {machine}-root save"
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
