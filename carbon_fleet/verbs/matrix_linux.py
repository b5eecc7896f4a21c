"""The one runtime of a Linux host: podman with NVIDIA's GPU, by the proof that `prove` has."""

from dataclasses import replace

from carbon_fleet.engine.session import Session
from carbon_fleet.engine.work import Say
from carbon_fleet.matrix.figures import figure_of
from carbon_fleet.matrix.runtimes import CUDA, Entry, Seen, Verdict, told
from carbon_fleet.matrix.runtimes import Computed as About
from carbon_fleet.report.document import MacReport
from carbon_fleet.runs.benched import last_bench
from carbon_fleet.verbs.cuda_proving import CudaProving
from operations.preflight import read

_COMPUTED_WRONG = "CUDA_REFUSED"
_CANNOT = frozenset({"CUDA_FAILED", "CUDA_FOREIGN", "CUDA_NO_GPU", _COMPUTED_WRONG})
"""Codes of a proof that was asked for and is none; any other says that nothing was asked."""


def linux_entry(session: Session, report: MacReport, say: Say) -> Entry:
    """The host's line. Raises `Refused` and what a look raises; a host that cannot compute is a finding."""
    apart = MacReport(report.mac)
    CudaProving(session, apart, say).run()
    report.snapshot, report.guest, report.gpu = apart.snapshot, apart.guest, apart.gpu
    linux = read(session.snapshot().section("preflight")).linux
    version = linux.podman if linux else ""
    seen = Seen(CUDA, bool(version), version or None, bool(version))
    bench = last_bench(session.mac.lab, session.mac.name)
    entry = entry_of(seen, apart)
    return replace(entry, figure=figure_of(CUDA, *bench)) if bench else entry


def entry_of(seen: Seen, proved: MacReport) -> Entry:
    """What a proof's end says of the runtime."""
    measured = proved.measured.get("prove", {})
    if measured.get("accepted"):
        jobs, through = measured["jobs"]["all"], measured["through"]
        why = f"{jobs} GPU{'s' * (jobs != 1)} computed what was computed once more here"
        return told(seen, Verdict.GPU, why, "", About(measured["device"], through, True))
    failure = proved.failures[0]
    if failure.code not in _CANNOT:
        return told(seen, Verdict.UNMEASURED, failure.what, failure.remedy, About(measured.get("chip") or None))
    wrong = False if failure.code == _COMPUTED_WRONG else None
    about = About(measured.get("chip") or None, None, wrong)
    return told(seen, Verdict.CANNOT, failure.what, failure.remedy, about)
