"""The Debian systems the simulated lab is made of: the guest (trixie) and the base image (bookworm).

Each is built once, beside its final place, and renamed: a half-built one is never used. Its name carries a digest of
all it is made from, so a changed package list or script builds a new one.
"""

import hashlib
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from carbon_fleet.sim import host, packages
from carbon_fleet.sim.vm import VMError

SCRIPTS = Path(__file__).parent / "guest"
"""The shell scripts that make and start a guest."""
_BUILD_SECONDS = 1200
# Each step in namespaces of its own, bound to this process: whatever ends us, no process and no mount of it stays.
_BOUND = (
    *("setpriv", "--pdeathsig", "KILL"),
    *("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child"),
)


@dataclass(frozen=True)
class System:
    """One Debian system: what is in it, and the script that finishes it inside its own root."""

    name: str
    suite: str
    packages: tuple[str, ...]
    script: str = ""
    """A script of SCRIPTS, or the path of one."""
    apt: tuple[str, ...] = ()
    """Packages apt-get adds afterwards: desktop libraries, which debootstrap cannot bring into an order."""
    files: tuple[tuple[str, Path], ...] = ()
    """Files and folders put into it before the script runs: the path in it, and what is copied there."""
    parts: tuple[tuple[str, "System"], ...] = ()
    """Folders it has from other systems: the path in both, and the system."""
    start: "System | None" = None
    """The system it is a copy of, to begin with; left out, debootstrap makes it."""


GUEST = System(
    "guest",
    "trixie",
    (
        *("systemd", "systemd-sysv", "dbus", "dbus-user-session", "libpam-systemd", "openssh-server", "sudo"),
        *("podman", "crun", "netavark", "aardvark-dns", "conmon", "uidmap", "catatonit", "iptables", "nftables"),
        *("passt", "iproute2", "procps", "perl-base", "jq", "ca-certificates", "docker-registry"),
        *("virgl-server", "mesa-vulkan-drivers"),
    ),
    "provision.sh",
)
"""The guest: systemd, sshd, podman 5.4; also the host-side tools run from it (GPU server, network, registry)."""
LINUX = System("linux", "trixie", (), apt=("perl",), start=GUEST)
"""A Linux host: the guest with all of perl, whose fingerprints and locks a Mac's own perl makes."""
BASE = System("base", "bookworm", ("ca-certificates",))
"""The base image's content: what `debian:bookworm` is, plus this machine's certificates and mirrors."""


def root(system: System) -> Path:
    """Return the directory of the built system, building it first when it is not cached. Raises VMError."""
    directory = host.cache_directory()
    target = directory / f"{system.name}-{system.suite}-{_digest(system)}"
    with FileLock(directory / f"{system.name}.lock"):
        if not target.is_dir():
            _build(system, target)
    return target


def _digest(system: System) -> str:
    parts = [system.suite, *system.packages, *system.apt, host.fingerprint(system.suite)]
    if system.script:
        parts.append((SCRIPTS / system.script).read_text())
    for inside, here in system.files:
        parts += [f"{inside} {path.relative_to(here)} {path.read_text()}" for path in _all(here)]
    parts += [_digest(other) for other in (*(other for _, other in system.parts), system.start) if other]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:12]


def _all(here: Path) -> list[Path]:
    return sorted(path for path in [here, *here.rglob("*")] if path.is_file())


def _build(system: System, target: Path) -> None:
    if os.geteuid() != 0:
        raise VMError("making the guest's root file system needs root: run this with sudo, or use `--vm modelled`.")
    if missing := packages.missing():
        raise VMError(f"the simulated lab needs packages this machine lacks: apt-get install {' '.join(missing)}")
    for abandoned in target.parent.glob(f".{system.name}.partial.*"):
        shutil.rmtree(abandoned, ignore_errors=True)
    beside = target.with_name(f".{system.name}.partial.{os.getpid()}")
    target.with_name(f"{target.name}.log").unlink(missing_ok=True)
    _begin(system, beside, target)
    host.hand_on(beside, system.suite)
    _run(["chroot", str(beside), "update-ca-certificates"], target)
    _add(system, beside, target)
    for folder, other in system.parts:
        (beside / folder).parent.mkdir(parents=True, exist_ok=True)
        _run(["cp", "-a", "--reflink=auto", "--", str(root(other) / folder), str(beside / folder)], target)
    for inside, here in system.files:
        (beside / inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(here, beside / inside, dirs_exist_ok=True) if here.is_dir() else shutil.copy(
            here, beside / inside
        )
    if system.script:
        shutil.copy(SCRIPTS / system.script, beside / "provision.sh")
        _run(["chroot", str(beside), "sh", "-eu", "/provision.sh"], target)
        (beside / "provision.sh").unlink()
    for leftover in ("var/cache/apt/archives", "var/lib/apt/lists"):
        shutil.rmtree(beside / leftover, ignore_errors=True)
    (beside / "var/cache/apt/archives/partial").mkdir(parents=True)
    beside.rename(target)


def _begin(system: System, beside: Path, target: Path) -> None:
    if system.start:
        _run(["cp", "-a", "--reflink=auto", "--", str(root(system.start)), str(beside)], target)
    else:
        _run([*_debootstrap(system), str(beside), host.archive().main], target)


def _add(system: System, root: Path, target: Path) -> None:
    if system.apt:
        # Services of packages must not start here: their ports would be this machine's.
        policy = root / "usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
        # What is interrupted is thrown away: nothing has to reach the disk before the next package.
        quick = ("-o", "DPkg::Options::=--force-unsafe-io")
        for words in (["update"], ["install", "--yes", *quick, "--no-install-recommends", *system.apt]):
            _run(["chroot", str(root), "apt-get", *words], target)


def _debootstrap(system: System) -> list[str]:
    return [
        "debootstrap",
        "--variant=minbase",
        f"--keyring={host.KEYRING}",
        f"--include={','.join(system.packages)}",
        system.suite,
    ]


def _run(command: list[str], target: Path) -> None:
    run(command, target.with_name(f"{target.name}.log"))


def run(command: list[str], log: Path) -> None:
    """Run one step of making a system, its output in `log`, bound to this process. Raises VMError with its end."""
    environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    proxies = {name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")}
    with log.open("a") as output:
        try:
            subprocess.run(
                [*_BOUND, *command],
                stdout=output,
                stderr=output,
                env=environment | proxies | host.npm_settings(),
                check=True,
                timeout=_BUILD_SECONDS,
            )
        except subprocess.SubprocessError as error:
            last = "\n".join(log.read_text(errors="replace").splitlines()[-5:])
            raise VMError(f"making the {log.stem} system failed ({error}); the end of {log}:\n{last}") from error
