"""Two looks at one Mac that should agree: the probe's, which decides what is to be done, and the tests' of `verify`."""

from collections.abc import Iterable

from carbon_fleet.report.chain import LAYERS, layer_of
from carbon_fleet.report.document import Failure, MacReport, Outcome

ONLY_TESTED = frozenset({"venus"})
"""Layers of which a probe cannot know what a test finds: it sees devices and containers, and computes nothing."""
SAW = (Outcome.CONVERGED, Outcome.DRIFTED, Outcome.CHANGED, Outcome.WAIVED)


def compare(probed: MacReport, tested: MacReport) -> None:
    """Put the probe's view into `tested`, and a notice (`OPINIONS_DIFFER`) for each layer the two see differently."""
    addresses = [change.address for change in probed.changes]
    tested.measured["probe"] = {"outcome": probed.outcome.value, "changes": addresses, "later": probed.later}
    if probed.outcome not in SAW or tested.outcome not in (Outcome.VERIFIED, Outcome.VERIFY_FAILED):
        return
    differs, failed = _by_layer(addresses), _by_layer(failure.address for failure in tested.failures)
    blind = ONLY_TESTED | {layer_of(name) for name in probed.later}
    for layer in LAYERS:
        if layer.name in failed and layer.name not in differs and layer.name not in blind:
            tested.notices.append(_only_tests(layer.title, failed[layer.name]))
        if layer.name in differs and not failed:
            tested.notices.append(_only_probe(layer.title, differs[layer.name]))


def _by_layer(addresses: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for address in addresses:
        found.setdefault(layer_of(address), []).append(address)
    return found


def _only_tests(layer: str, names: list[str]) -> Failure:
    what = f"of {layer}, the tests found wrong what the probe finds as wished: {', '.join(names)}"
    why = "`apply` acts on what the probe sees, and would change nothing there"
    return Failure("verify", "OPINIONS_DIFFER", what, why, "mend it by hand, and please report it with this Report")


def _only_probe(layer: str, addresses: list[str]) -> Failure:
    what = f"of {layer}, the probe finds different what no test found wrong: {', '.join(addresses)}"
    why = "it is something no test looks at, or it moved between the two looks"
    return Failure("verify", "OPINIONS_DIFFER", what, why, "`carbon-fleet drift` says what it is, `apply` mends it")
