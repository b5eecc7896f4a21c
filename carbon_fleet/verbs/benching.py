"""The benchmark of one host, from the first look to the figures in its part of the Report."""

from typing import Any

from carbon_fleet import assets
from carbon_fleet.bench.choose import choose
from carbon_fleet.bench.figures import SEEDS, PathFigures, ratios
from carbon_fleet.bench.figures import plain as plain_figures
from carbon_fleet.bench.model import Model
from carbon_fleet.bench.paths import Path, Settings
from carbon_fleet.bench.prepare import bring
from carbon_fleet.bench.ready import Ready, ready
from carbon_fleet.bench.ready_linux import ready_on_linux, refused
from carbon_fleet.bench.run import Bench, Measured, plain
from carbon_fleet.bench.thermal import NVIDIA_SMI, PMSET
from carbon_fleet.bench.trouble import CannotMeasure
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.steps import Refused
from carbon_fleet.engine.work import Say
from carbon_fleet.plan import World, guest, shell
from carbon_fleet.prove.baseline import UNKNOWN
from carbon_fleet.prove.stack import chip_of
from carbon_fleet.report.document import MacReport, Outcome

FORMAT_VERSION = 1


class Benching:
    """The benchmark of one host, on its way into its part of the Report."""

    def __init__(
        self, session: Session, report: MacReport, say: Say, model: Model, asked: Settings, repeats: int
    ) -> None:
        """Nothing is asked yet. Of `asked`, threads and software follow the Mac's own wish."""
        self.session, self.report, self.model, self.asked, self.repeats = session, report, model, asked, repeats
        self.say = lambda text: say(report.mac, "bench", text)

    def run(self) -> None:
        """One look, the model, the rounds; every end is an outcome of this host."""
        try:
            self._run()
        except CannotMeasure as trouble:
            self.report.outcome = Outcome.FAILED
            self.report.failures.append(trouble.failure)

    def _run(self) -> None:
        snapshot = self.session.snapshot()
        self.report.snapshot, self.report.guest = snapshot.digest, snapshot.guest.value
        world = World(self.session.mac, snapshot)
        found = self._ready(world)
        found.must_hold(self.model.bytes)
        path = bring(self.model, self.session.ask, found.must_hold, self.say)
        absent = {**found.absent, **({} if self.linux else self._remoting(found))}
        more = () if self.linux or Path.REMOTING in absent else (Path.REMOTING,)
        settings, heat = self._settings(found), NVIDIA_SMI if self.linux else PMSET
        bench = Bench(self.session.ask, settings, found.image, path, found.prefix, self.say, heat)
        measured = bench.measure((*found.paths, *more), self.repeats)
        chip = ", ".join(dict.fromkeys(found.gpus)) or UNKNOWN if self.linux else chip_of(world)
        self._report(chip, found, settings, measured, absent)

    @property
    def linux(self) -> bool:
        """Whether the host is no Mac."""
        return self.session.mac.linux

    def _ready(self, world: World) -> Ready:
        if not self.linux:
            return ready(world)
        if refusals := refused(world):
            raise Refused(refusals)
        return ready_on_linux(world)

    def _settings(self, found: Ready) -> Settings:
        asked, software = self.asked, self.session.mac.accept_software_gpu
        return Settings(
            self.model.sha256, found.cpus, asked.prompt, asked.generate, asked.seconds, software, found.gpus
        )

    def _remoting(self, found: Ready) -> dict[Path, str]:
        ran = self.session.ask(guest(*shell(assets.text("bench/remoting.sh"), found.image), deadline=120))
        told = dict(line.split(" ", 1) for line in ran.out if " " in line)
        if told.get("image") != "yes":
            return {Path.REMOTING: "the image's llama.cpp has no virtgpu backend"}
        if told.get("host") != "yes":
            return {Path.REMOTING: "the Mac's side offers the machine no API remoting (capability set 10)"}
        return {}

    def _report(self, chip: Any, found: Ready, settings: Settings, measured: Measured, absent: dict[Path, str]) -> None:
        figures = {path: PathFigures.of(answers) for path, answers in measured.answers.items()}
        figures = {path: figure for path, figure in figures.items() if path not in measured.failed()}
        proved = {Path.VENUS: Path.VENUS in figures and not settings.software}
        self.report.measured["bench"] = {
            "format_version": FORMAT_VERSION,
            "chip": chip,
            "model": {"sha256": self.model.sha256, "source": self.model.source, "type": _type(measured)},
            "settings": {
                "prompt": settings.prompt,
                "generate": settings.generate,
                "threads": settings.threads,
                "rounds": self.repeats,
                "seconds": settings.seconds,
                "image": found.image,
            },
            "software": settings.software,
            "paths": plain_figures(figures),
            "absent": {path.value: why for path, why in absent.items()},
            "ratios": ratios(figures),
            "gpu_path": None if self.linux else choose(figures, proved).value,
            "runs": plain(measured.runs),
            "thermal": measured.thermal,
            "seeds": None if self.linux else SEEDS,
        }
        self.report.gpu = next((figures[path].device for path in (Path.VENUS, Path.VULKAN) if path in figures), None)
        self.report.failures += measured.failures
        self.report.outcome = Outcome.VERIFY_FAILED if measured.failures else Outcome.VERIFIED


def _type(measured: Measured) -> str | None:
    return next((answers[0].model for answers in measured.answers.values()), None)
