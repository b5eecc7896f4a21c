"""Which computations a proof must have, and what stands against those it has; pure."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

from carbon_fleet.prove.document import Job, Proof
from carbon_fleet.report.document import Failure

SIZED = ("affine-i32", "root-f32")
"""Run in several sizes: one element, one that is no multiple of a workgroup, one that fills the GPU."""
SINGLE = ("sum-i32", "sum-f32", "matmul-f32")
LARGE = 2**20
ODD = 64
"""Sizes that are no multiple of it leave the last workgroup partly idle."""
LOOSEST = 1e-3
"""The largest relative tolerance of a float job that is still called a right number."""
WHY = "a GPU that computes only some things right is worse than none: its answers look like answers"
MEND = "update krunkit, libkrun, virglrenderer-krun and molten-vk (`brew upgrade`), restart the machine, prove again"
RESTART = "restart the machine: `podman machine stop && podman machine start`, then prove again"


def right(job: Job) -> bool:
    """Whether a job's own numbers say that it came out right, whatever its outcome says."""
    within = job.worst_error is not None and job.worst_error <= job.tolerance
    bound = 0.0 if job.kind == "integer" else LOOSEST
    return job.outcome == "ok" and job.wrong_values == 0 and job.elements > 0 and within and job.tolerance <= bound


def bad_jobs(proof: Proof) -> Iterator[Failure]:
    """What hung, failed, came out wrong, or is missing: a failure for each kind."""
    hung = [_named(job) for job in proof.jobs if job.outcome == "timeout"]
    hung = hung or [f"{one.step} ({one.message})" for one in proof.attempts[-1:] if one.outcome == "timeout"]
    if hung:
        yield _failure("GPU_HUNG", f"the computation hung: {', '.join(hung)}", RESTART)
        return
    broken = [job for job in proof.jobs if job.outcome in ("error", "no_device")]
    if broken:
        what = f"{len(broken)} of {len(proof.jobs)} jobs gave no numbers: {_named(broken[0])}: {broken[0].message}"
        yield _failure("GPU_JOB_FAILED", what, RESTART)
    wrong = [job for job in proof.jobs if job not in broken and not right(job)]
    if wrong:
        what = f"{len(wrong)} of {len(proof.jobs)} jobs are wrong: {', '.join(map(_told, wrong))}"
        yield _failure("GPU_WRONG_NUMBERS", what, MEND)
    missing = list(_missing(proof.jobs))
    if missing:
        yield _failure("PROOF_INCOMPLETE", f"the proof lacks {', '.join(missing)}", RESTART)


def _missing(jobs: Iterable[Job]) -> Iterator[str]:
    sizes: dict[str, set[int]] = defaultdict(set)
    for job in jobs:
        if job.kind == ("integer" if job.name.endswith("i32") else "float"):
            sizes[job.name].add(job.elements)
    for name in SIZED:
        done = sizes[name]
        several = len(done) >= 3 and 1 in done and max(done) >= LARGE and any(size > 1 and size % ODD for size in done)
        if not several:
            yield f"{name} (of 1 element, of no multiple of {ODD}, and of {LARGE} or more)"
    yield from (name for name in SINGLE if not sizes[name])


def _named(job: Job) -> str:
    return f"{job.name} ({job.elements})"


def _told(job: Job) -> str:
    if job.outcome == "ok" and not job.wrong_values:
        return f"{_named(job)}: error {job.worst_error}, tolerance {job.tolerance}"
    return f"{_named(job)}: {job.wrong_values} values"


def _failure(code: str, what: str, remedy: str) -> Failure:
    return Failure("gpu", code, what, WHY, remedy)
