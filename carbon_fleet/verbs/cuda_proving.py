"""The proof of one Linux host: a job in a container, computed once more here, on a GPU the host itself knows."""

import secrets

from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused
from carbon_fleet.engine.work import Say
from carbon_fleet.plan import Refusal, World
from carbon_fleet.prove.asking import Unproven, must_run
from carbon_fleet.prove.asking_cuda import NOT_THERE, cuda_units, host_of, job_command, judged, no_python
from carbon_fleet.prove.cuda import Answer
from carbon_fleet.report.document import MacReport, Outcome
from operations.nvidia.seen import NvidiaSeen
from operations.preflight import RESOURCE as PREFLIGHT

FORMAT_VERSION = 1


class CudaProving:
    """The proof of one host, on its way into its part of the Report. It has no baseline: nothing is timed."""

    def __init__(self, session: Session, report: MacReport, say: Say) -> None:
        """Nothing is asked yet."""
        self.session, self.report, self.say = session, report, say

    def run(self) -> None:
        """Ask the first container that can answer; every end is an outcome of this host."""
        try:
            self._run()
        except Unproven as unproven:
            self.report.outcome = Outcome.VERIFY_FAILED
            self.report.failures.append(unproven.failure)

    def _run(self) -> None:
        wished, snapshot = cuda_units(self.session.mac), self.session.snapshot()
        world = World(self.session.mac, snapshot)
        self.report.snapshot, self.report.guest = snapshot.digest, snapshot.guest.value
        refusals = tuple(one for one in PREFLIGHT.findings(world) if isinstance(one, Refusal))
        if refusals:
            raise Refused(refusals)
        host = host_of(world)
        chip = ", ".join(dict.fromkeys(gpu.name for gpu in host.gpus))
        self.report.measured["prove"] = {"format_version": FORMAT_VERSION, "accepted": False, "chip": chip}
        for unit in wished:
            must_run(world, unit)
            self.say(self.report.mac, "gpu", f"computing in {unit.container_name}")
            seed = secrets.randbits(32)
            ran = self.session.ask(job_command(unit, seed))
            if ran.status not in NOT_THERE:
                self._tell(judged(ran, unit, seed, host), host)
                return
        self.report.outcome = Outcome.VERIFY_FAILED
        self.report.failures.append(no_python(wished))

    def _tell(self, answer: Answer, host: NvidiaSeen) -> None:
        names = ", ".join(device.name for device in answer.devices)
        self.report.gpu, self.report.outcome = names, Outcome.VERIFIED
        count = len(answer.devices)
        self.report.measured["prove"] |= {
            "accepted": True,
            "device": names,
            "through": f"CUDA {answer.cuda}",
            "jobs": {"ok": count, "all": count},
            "versions": {"NVIDIA driver": host.driver, "NVIDIA Container Toolkit": host.toolkit},
        }
