"""The pytest plugin of `tests/state`: one Mac of a lab, looked at over one connection, each result told to the verb.

`pytest tests/state --carbon-lab lab.yml --carbon-mac mac-01` is all it takes by hand.
"""

from collections.abc import Generator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from carbon_fleet.plan.registry import lab_sections
from carbon_fleet.spec import Lab, LabError, Mac, load_lab
from carbon_fleet.verify.backends import LOOKS, register
from carbon_fleet.verify.lifeline import hold_on
from carbon_fleet.verify.look import Look
from carbon_fleet.verify.record import UNKNOWN, Recorder
from carbon_fleet.verify.runner import short_folder
from carbon_fleet.verify.tiers import GONE, LINUX, MACOS, TIERS
from carbon_fleet.verify.trouble import Closed
from carbon_fleet.verify.wish import EACH
from operations import runtimes

pytest_plugins = ["carbon_fleet.verify.fixtures"]
LAB = pytest.StashKey[Lab]()
WISH = pytest.StashKey[Mac]()
RECORDER = pytest.StashKey[Recorder]()
FOLDER = pytest.StashKey["TemporaryDirectory[str]"]()
NONE_WISHED = object()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The lab file, the Mac, and where results go."""
    group = parser.getgroup("carbon-fleet")
    group.addoption("--carbon-lab", type=Path, help="the lab file")
    group.addoption("--carbon-mac", help="the Mac to look at")
    group.addoption(
        "--carbon-tier",
        action="append",
        choices=(*TIERS, GONE),
        help="only this tier's tests: repeat it for several",
    )
    group.addoption("--carbon-before", type=Path, help="what was there before, as JSON by address (for tier gone)")
    group.addoption(
        "--carbon-folder", type=Path, help="a private folder for sockets and results, removed by who gave it"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Load the wish and make the backends known."""
    config.addinivalue_line("markers", "remedy(text): what to do when the test fails; {mac} and {lab} are filled in")
    config.addinivalue_line("markers", f"{MACOS}: a test about a Mac itself or its machine: not on a Linux host")
    config.addinivalue_line("markers", f"{LINUX}: a test about a Linux host itself")
    config.addinivalue_line("markers", f"{GONE}: a test that nothing of ours is left, run with --carbon-tier {GONE}")
    config.addinivalue_line("markers", "podman: a test of what only a Mac with a Podman machine has")
    register()
    file, name = config.getoption("--carbon-lab"), config.getoption("--carbon-mac")
    if file is None or name is None:
        raise pytest.UsageError("this suite looks at a Mac: add `--carbon-lab FILE --carbon-mac NAME`")
    try:
        lab = load_lab(file, lab_sections())
    except LabError as error:
        raise pytest.UsageError("\n".join(str(fault) for fault in error.errors)) from None
    if name not in lab.macs:
        raise pytest.UsageError(f"{file} has no Mac {name}; it has {', '.join(lab.macs)}")
    folder = config.getoption("--carbon-folder")
    config.stash[LAB], config.stash[WISH] = lab, lab.mac(name)
    config.stash[RECORDER] = Recorder(folder / "results" if folder else None)
    if folder:
        hold_on(folder)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Connect; when that fails no test runs."""
    config = session.config
    mac, folder = config.stash[WISH], config.getoption("--carbon-folder")
    if folder is None:
        config.stash[FOLDER] = TemporaryDirectory(prefix="cfv-", dir=short_folder())
        folder = Path(config.stash[FOLDER].name)
    try:
        LOOKS[mac.name] = Look(config.stash[LAB], mac, folder)
    except Closed as closed:
        config.stash[RECORDER].closed(closed)
        pytest.exit(f"{mac.name}: {closed.what}; {closed.remedy}", returncode=5)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Disconnect, and say that all is told."""
    config = session.config
    look = LOOKS.pop(config.stash[WISH].name, None) if WISH in config.stash else None
    if look is not None:
        look.close()
        if not session.shouldstop:
            config.stash[RECORDER].end(look.execs)
    if FOLDER in config.stash:
        config.stash[FOLDER].cleanup()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test for each wished thing it names."""
    for name in [name for name in metafunc.fixturenames if name in EACH]:
        things = EACH[name](metafunc.config.stash[WISH])
        given = list(things.items()) or [("none", NONE_WISHED)]
        metafunc.parametrize(name, [thing for _, thing in given], ids=[key for key, _ in given], scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about a thing the lab file does not wish, and what is of another tier than was asked for."""
    tiers = config.getoption("--carbon-tier") or TIERS
    wish = config.stash[WISH]
    other = MACOS if wish.linux else LINUX
    out = [
        item
        for item in items
        if _unwished(item)
        or _tier(item) not in tiers
        or item.get_closest_marker(other) is not None
        or (item.get_closest_marker("podman") is not None and not runtimes.podman(wish))
        or (_tier(item) in TIERS[1:] and not runtimes.quadlet(wish))
    ]
    config.hook.pytest_deselected(items=out)
    items[:] = [item for item in items if item not in set(out)]


def _tier(item: pytest.Item) -> str:
    """How deep a test looks: by the deepest of the fixtures it uses."""
    if item.get_closest_marker(GONE):
        return GONE
    names: list[str] = getattr(item, "fixturenames", [])
    return next((tier for tier in reversed(TIERS) if tier in names), TIERS[0])


def _unwished(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    return call is not None and any(value is NONE_WISHED for value in call.params.values())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell the verb how a test came out; a broken connection ends the session."""
    report = yield
    recorder = item.config.stash[RECORDER]
    error = call.excinfo.value if call.excinfo else None
    if isinstance(error, Closed) and not error.of_machine:
        recorder.closed(error)
        item.session.shouldstop = error.what
    elif report.when == "call" or report.outcome != "passed":
        message = _one_line(error)
        unknown = report.skipped and message.startswith(UNKNOWN)
        recorder.test(item.nodeid, "unknown" if unknown else report.outcome, message, _remedy(item, error))
    return report


def _one_line(error: BaseException | None) -> str:
    """The assertion's own message: pytest adds what it compared on further lines."""
    text = str(error) if error is not None else ""
    line = next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__ if error else "")
    return (
        line
        if error is None or isinstance(error, (AssertionError, Closed, pytest.skip.Exception, pytest.fail.Exception))
        else f"{type(error).__name__}: {line}"
    )


class _NoCall:
    params: Mapping[str, object] = {}


def _remedy(item: pytest.Item, error: BaseException | None) -> str:
    mark = item.get_closest_marker("remedy")
    if isinstance(error, Closed):
        return error.remedy
    text = mark.args[0] if mark else "run `carbon-fleet drift {lab} --limit {mac}` to see it, then `carbon-fleet apply`"
    known = {"mac": item.config.stash[WISH].name, "lab": str(item.config.stash[LAB].path)}
    for name, value in {**getattr(item, "callspec", _NoCall).params, **known}.items():
        text = str(text).replace(f"{{{name}}}", str(value))
    return str(text)
