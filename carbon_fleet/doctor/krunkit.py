"""krunkit and what it stands on: there, new enough for this podman, whole, signed, of one tap."""

from collections.abc import Iterator

from carbon_fleet.doctor.check import DESKTOP, DOCS, ISSUES, Check
from carbon_fleet.doctor.patient import Patient
from carbon_fleet.plan import Action
from carbon_fleet.snapshot.section import DEADLINE_PASSED
from operations.homebrew.krun import FAMILY, OLD_TAPS

CURES = (
    *(f"homebrew.formula.*{name}" for name in FAMILY),
    *("homebrew.tap.*kr*", "homebrew.trust.*kr*", "machine.*"),
)
"""A running machine is started anew: it keeps the krunkit it was started with."""
NEEDS = (((6,), (1, 2)), ((5, 6), (0, 2)))
"""From this podman on, krunkit has to be at least that: `--timesync` came with 1.2.0, `--nested` with 0.2.0."""
AFTER = ("MACHINE_STOPPED", "MACHINE_ABSENT")
"""What follows when no machine can be started."""


def _missing(patient: Patient) -> Iterator[str]:
    if patient.homebrew.present and patient.brew.krun and not patient.formula("krunkit").kegs:
        podman = patient.formula("podman").version
        yield f"no krunkit in {patient.brew.prefix}/Cellar; podman {podman or 'is not there either'}"


def _podman(patient: Patient) -> Iterator[str]:
    if patient.homebrew.present and not patient.formula("podman").kegs:
        yield f"no podman in {patient.brew.prefix}/Cellar"


def _needed(patient: Patient) -> tuple[int, ...]:
    podman = patient.version("podman")
    return next((krunkit for since, krunkit in NEEDS if podman >= since), ())


def _pair(patient: Patient) -> str:
    return f"krunkit {patient.formula('krunkit').version}, podman {patient.formula('podman').version}"


def _too_old(patient: Patient) -> Iterator[str]:
    found, needed = patient.version("krunkit"), _needed(patient)
    if found and found < needed:
        yield f"{_pair(patient)}: this podman needs krunkit {'.'.join(map(str, needed))}.0 or newer"


def _stops_on_post(patient: Patient) -> Iterator[str]:
    found = patient.version("krunkit")
    if found and found < (1, 3, 1):
        yield f"{_pair(patient)}: until 1.3.0 whatever sends it a POST ends the machine"


def _file_rights(patient: Patient) -> Iterator[str]:
    krunkit, libkrun = patient.version("krunkit"), patient.version("libkrun")
    if (krunkit and krunkit < (1, 3, 2)) or (1, 19) <= libkrun < (1, 19, 4):
        yield f"krunkit {patient.formula('krunkit').version}, libkrun {patient.formula('libkrun').version or '-'}"


def _aborts(patient: Patient) -> Iterator[str]:
    said = patient.doctor.krunkit
    if said is not None and said.status not in (0, DEADLINE_PASSED):
        yield f"`krunkit --version` ended with status {said.status}: {said.last or 'it said nothing'}"


def _unsigned(patient: Patient) -> Iterator[str]:
    said = patient.doctor.entitlements
    if said is not None and said.status == 0 and "com.apple.security.hypervisor" not in said.text:
        yield f"codesign shows no com.apple.security.hypervisor in {patient.brew.prefix}/bin/krunkit"


def _no_firmware(patient: Patient) -> Iterator[str]:
    if patient.doctor.firmware is False and patient.version("krunkit") >= (1, 2):
        yield f"no KRUN_EFI.silent.fd in {patient.brew.prefix}/opt/krunkit/share/krunkit"


def _old_tap(patient: Patient) -> Iterator[str]:
    wished = {tap.lower() for tap in patient.brew.taps}
    seen = patient.homebrew
    for tap in (tap for tap in OLD_TAPS if tap not in wished):
        kegs = [
            f"{name} {found.version}"
            for name, found in sorted(seen.formulae.items())
            if any(receipt and receipt.tap and receipt.tap.lower() == tap for receipt in found.kegs.values())
        ]
        if tap in seen.taps or kegs:
            yield f"{tap}: {', '.join(kegs) or 'tapped, nothing of it installed'}"


def _no_venus(patient: Patient) -> Iterator[str]:
    core, krun = patient.formula("virglrenderer"), patient.formula("virglrenderer-krun")
    if patient.brew.venus and patient.formula("krunkit").kegs and (core.linked or not krun.kegs):
        yield f"linked: virglrenderer {core.linked or '-'}; virglrenderer-krun {krun.version or 'not installed'}"


def _untrusted(patient: Patient) -> Iterator[str]:
    for change in patient.changes("homebrew.trust.*"):
        if change.action is Action.DELETE:  # trust in a tap that is left behind, and goes
            continue
        yield f"Homebrew {patient.homebrew.version} does not trust {change.address.removeprefix('homebrew.trust.')}"


def _twice(patient: Patient) -> Iterator[str]:
    for path in patient.doctor.other_podman:
        if not path.startswith(f"{patient.brew.prefix}/"):
            yield f"{path} is there besides {patient.brew.prefix}/bin/podman"


def _ramalama(patient: Patient) -> Iterator[str]:
    found = patient.version("ramalama")
    if found and found < (0, 25) and patient.version("podman") >= (6,):
        yield f"ramalama {patient.formula('ramalama').version}, podman {patient.formula('podman').version}"


INSTALL = "carbon-fleet doctor LAB --fix, or: brew tap libkrun/krun && brew trust libkrun/krun && brew install krunkit"
UPGRADE = "carbon-fleet doctor LAB --fix, or: brew upgrade libkrun/krun/krunkit; then stop and start the machine"
REINSTALL = "brew reinstall libkrun/krun/krunkit, then start the machine again"
CHECKS = (
    Check(
        code="KRUNKIT_MISSING",
        about="krunkit is not installed",
        cause="Homebrew's podman brings no krunkit; it comes from the tap libkrun/krun",
        remedy=INSTALL,
        look=_missing,
        row="1",
        heals=CURES,
        link=f"{ISSUES}27056",
        hides=("MACHINE_STOPPED", "MACHINE_ABSENT", "VIRGLRENDERER_NO_VENUS"),
    ),
    Check(
        code="PODMAN_MISSING",
        about="podman is not installed",
        cause="nothing was applied to this Mac yet, or somebody has uninstalled it",
        remedy="carbon-fleet doctor LAB --fix, or: brew install podman",
        look=_podman,
        heals=("homebrew.formula.podman",),
        hides=AFTER,
    ),
    Check(
        code="KRUNKIT_TOO_OLD",
        about="krunkit does not know what this podman passes it",
        cause="podman moved on and krunkit did not, as when it came from an old tap: it ends with exit code 2",
        remedy=UPGRADE,
        look=_too_old,
        row="2",
        heals=CURES,
        link=f"{ISSUES}29439",
        hides=(*AFTER, "KRUNKIT_ABORTS", "KRUNKIT_STOPS_ON_POST", "KRUNKIT_FILE_RIGHTS"),
    ),
    Check(
        code="KRUNKIT_ABORTS",
        about="krunkit itself does not start",
        cause="a library it was built against is gone or another one (libepoxy, libkrun): dyld ends it with "
        "`abort trap`",
        remedy="carbon-fleet doctor LAB --fix installs what is lacking; or: brew reinstall libepoxy "
        "libkrun/krun/krunkit",
        look=_aborts,
        row="3",
        heals=CURES,
        link=f"{ISSUES}28958",
        hides=AFTER,
    ),
    Check(
        code="TAP_UNTRUSTED",
        about="the login user does not trust a tap",
        cause="from Homebrew 6 on it loads nothing of a tap nobody trusts; `brew bundle cleanup` takes trust away, too",
        remedy="carbon-fleet doctor LAB --fix, or: brew trust libkrun/krun",
        look=_untrusted,
        row="4",
        heals=("homebrew.trust.*",),
        link=f"{DOCS}Tap-Trust.md",
    ),
    Check(
        code="OLD_TAP_IN_USE",
        about="a former krun tap is still tapped, or kegs came from it",
        cause="krunkit's tap moved from slp/krunkit over slp/krun to libkrun/krun; two taps' parts together break",
        remedy="carbon-fleet doctor LAB --fix puts those of libkrun/krun in their place, and untaps the old one",
        look=_old_tap,
        row="5",
        heals=CURES,
        link="https://github.com/libkrun/homebrew-krun/issues/29",
        hides=("KRUNKIT_STOPS_ON_POST", "KRUNKIT_FILE_RIGHTS", "TAP_UNTRUSTED", "VIRGLRENDERER_NO_VENUS"),
    ),
    Check(
        code="VIRGLRENDERER_NO_VENUS",
        about="a virglrenderer without Venus stands in the place of virglrenderer-krun",
        cause="homebrew-core's virglrenderer has no Venus: with it libkrun falls back, and the machine has no GPU",
        remedy="carbon-fleet doctor LAB --fix, or: brew unlink virglrenderer && brew install "
        "libkrun/krun/virglrenderer-krun",
        look=_no_venus,
        row="5",
        heals=CURES,
        link="https://github.com/libkrun/homebrew-krun/issues/29",
        hides=("KRUNKIT_ABORTS",),
    ),
    Check(
        code="KRUNKIT_STOPS_ON_POST",
        about="this krunkit ends its machine on any POST",
        cause="port scanners (endpoint protection) send one about hourly, and until 1.3.0 krunkit takes it for `stop`",
        remedy=UPGRADE,
        look=_stops_on_post,
        row="10",
        heals=CURES,
        link=f"{ISSUES}29084",
        hides=("KRUNKIT_FILE_RIGHTS", "MACHINE_REBOOTS"),
    ),
    Check(
        code="KRUNKIT_FILE_RIGHTS",
        about="this krunkit, or its libkrun, gets the rights of shared files wrong",
        cause="libkrun 1.19.0 to 1.19.3 changed permissions on virtio-fs: EACCES, read-only mounts, git that fails",
        remedy=UPGRADE,
        look=_file_rights,
        row="20",
        heals=CURES,
        link="https://github.com/libkrun/libkrun/issues/769",
    ),
    Check(
        code="KRUNKIT_UNSIGNED",
        about="krunkit lacks the entitlement to start virtual machines",
        cause="it was signed anew without it (a copy, a patch, another installer): VmCreate fails",
        remedy=REINSTALL,
        look=_unsigned,
        row="18",
        link=f"{DESKTOP}14772",
        hides=AFTER,
    ),
    Check(
        code="KRUNKIT_NO_FIRMWARE",
        about="krunkit finds no firmware",
        cause="its keg is not whole, or its layout is another one: `can't find a firmware to load`",
        remedy=REINSTALL,
        look=_no_firmware,
        row="firmware",
        link="https://github.com/libkrun/libkrun/issues/557",
        hides=AFTER,
    ),
    Check(
        code="PODMAN_TWICE",
        about="a second podman is installed",
        cause="podman's own installer puts one into /opt/podman: which krunkit and gvproxy it takes depends "
        "on who starts it",
        remedy="keep one: sudo /opt/podman/bin/podman-mac-helper uninstall; sudo rm -rf /opt/podman",
        look=_twice,
        row="two podmans",
        link=f"{DESKTOP}13482",
        note=True,
    ),
    Check(
        code="RAMALAMA_BLIND",
        about="this RamaLama does not see the GPU with this podman",
        cause="RamaLama 0.24 asks `podman machine list --all-providers`, which podman 6 no longer knows: it "
        "takes the CPU",
        remedy="brew upgrade ramalama; until it knows podman 6, say so by hand: ramalama --device /dev/dri run MODEL",
        look=_ramalama,
        row="14",
        note=True,
    ),
)
