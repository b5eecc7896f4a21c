"""The benchmark of one Mac, from the first look to the figures in its part of the Report."""

from typing import Any

from carbon_fleet import assets
from carbon_fleet.bench.choose import choose
from carbon_fleet.bench.figures import SEEDS, PathFigures, ratios
from carbon_fleet.bench.figures import plain as plain_figures
from carbon_fleet.bench.model import Model
from carbon_fleet.bench.paths import Path, Settings
from carbon_fleet.bench.prepare import bring
from carbon_fleet.bench.ready import Ready, ready
from carbon_fleet.bench.run import Bench, Measured, plain
from carbon_fleet.bench.trouble import CannotMeasure
from carbon_fleet.engine.session import Session
from carbon_fleet.engine.work import Say
from carbon_fleet.plan import World, guest, shell
from carbon_fleet.prove.stack import chip_of
from carbon_fleet.report.document import MacReport, Outcome
from carbon_fleet.verbs.for_macs import for_macs
from operations.homebrew import Homebrew

FORMAT_VERSION = 1


class Benching:
    """The benchmark of one Mac, on its way into its part of the Report."""

    def __init__(
        self, session: Session, report: MacReport, say: Say, model: Model, asked: Settings, repeats: int
    ) -> None:
        """Nothing is asked yet. Of `asked`, threads and software follow the Mac's own wish."""
        self.session, self.report, self.model, self.asked, self.repeats = session, report, model, asked, repeats
        self.say = lambda text: say(report.mac, "bench", text)

    def run(self) -> None:
        """One look, the model, the rounds; every end is an outcome of this Mac."""
        try:
            self._run()
        except CannotMeasure as trouble:
            self.report.outcome = Outcome.FAILED
            self.report.failures.append(trouble.failure)

    def _run(self) -> None:
        for_macs(
            self.session.mac, "bench", "leave it out of the benchmark; `carbon-fleet prove` shows that it computes"
        )
        snapshot = self.session.snapshot()
        self.report.snapshot, self.report.guest = snapshot.digest, snapshot.guest.value
        world = World(self.session.mac, snapshot)
        found = ready(world)
        found.must_hold(self.model.bytes)
        path = bring(self.model, self.session.ask, found.must_hold, self.say)
        absent = {Path.METAL: found.no_metal} if found.no_metal else {}
        absent |= self._remoting(found)
        paths = tuple(path for path in Path if path not in absent)
        settings = self._settings(found)
        prefix = str(self.session.mac.section("homebrew", Homebrew).prefix)
        bench = Bench(self.session.ask, settings, found.image, path, prefix, self.say)
        measured = bench.measure(paths, self.repeats)
        self._report(chip_of(world), found, settings, measured, absent)

    def _settings(self, found: Ready) -> Settings:
        asked, software = self.asked, self.session.mac.accept_software_gpu
        return Settings(self.model.sha256, found.cpus, asked.prompt, asked.generate, asked.seconds, software)

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
            "gpu_path": choose(figures, proved).value,
            "runs": plain(measured.runs),
            "thermal": measured.thermal,
            "seeds": SEEDS,
        }
        self.report.gpu = figures[Path.VENUS].device if Path.VENUS in figures else None
        self.report.failures += measured.failures
        self.report.outcome = Outcome.VERIFY_FAILED if measured.failures else Outcome.VERIFIED


def _type(measured: Measured) -> str | None:
    return next((answers[0].model for answers in measured.answers.values()), None)
