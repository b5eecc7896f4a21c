"""The doctor's own two sections of a probe's answer (`files/probe/doctor.sh`, `doctor_inside.sh`), typed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from carbon_fleet.snapshot import Block, Section
from carbon_fleet.snapshot.section import DEADLINE_PASSED

_USED = re.compile(r"\s[0-9]+\s+([0-9]+)\s+-?[0-9]+\s+[0-9]+%")
HUNG = "timeout"
"""vulkan-check's own word for a GPU that gives no answer; ours, where it gave none itself."""
_VERDICT = re.compile(r"(accepted|REFUSED): ([a-z-]+): (.*)")


@dataclass(frozen=True)
class Said:
    """How a command ended, and the last line it printed."""

    status: int
    last: str
    text: str = ""


@dataclass(frozen=True)
class DoctorSeen:
    """A Mac from outside its resources. What could not be asked is None or empty, and nothing is concluded from it.

    `ancestors` are the first words of the processes above this session, the nearest first; `conf` the providers that
    files of podman's settings choose, in the order they are read, with their paths; `pid_file` what gvproxy.pid names:
    (`gvproxy`, `other` or `gone`, the number, the file's path). `rss` is krunkit's memory in bytes, `wall`
    what the Mac's own clock shows, with its zone.
    """

    env: Mapping[str, str] = field(default_factory=dict)
    temp: str = ""
    ancestors: tuple[str, ...] = ()
    manager: str = ""
    console: str = ""
    keychain_login: str = ""
    keychain: Said | None = None
    sudo: Said | None = None
    rss: int | None = None
    krunkit: Said | None = None
    entitlements: Said | None = None
    firmware: bool | None = None
    other_podman: tuple[str, ...] = ()
    conf: tuple[tuple[str, str], ...] = ()
    pid_file: tuple[str, str, str] | None = None
    docker_sock: str = ""
    split: tuple[str, ...] = ()
    emergency: bool = False
    pressure: int | None = None
    gvproxy: Said | None = None
    gvproxy_path: str = ""
    wall: datetime | None = None


@dataclass(frozen=True)
class InsideSeen:
    """The machine's inside: boots and presses of the reboot key in 24 hours, bytes used, units that failed.

    `vulkan` is vulkan-check's line: whether it accepts, its code, its words.
    """

    boots: int | None = None
    reboot_keys: int | None = None
    used: int | None = None
    failed: tuple[str, ...] = ()
    vulkan: tuple[bool, str, str] | None = None


def read(section: Section) -> DoctorSeen:
    """Type the `doctor` section."""
    rss = section.get("krunkit_rss")
    firmware, pid_file = section.get("firmware"), section.get("pid_file")
    pressure = _said(section, "pressure")
    return DoctorSeen(
        env={key.removeprefix("env."): said[-1] for key, said in section.facts.items() if key.startswith("env.")},
        temp=section.get("temp") or "",
        ancestors=section.all("ancestor"),
        manager=_line(section, "manager"),
        console=section.get("console") or "",
        keychain_login=section.get("keychain_login") or "",
        keychain=_said(section, "keychain"),
        sudo=_said(section, "sudo"),
        rss=int(rss) * 1024 if rss and rss.isdecimal() else None,
        krunkit=_said(section, "krunkit"),
        entitlements=_said(section, "entitlements"),
        firmware=None if firmware is None else firmware == "present",
        other_podman=section.all("other_podman"),
        conf=tuple((value, path) for value, _, path in (fact.partition(" ") for fact in section.all("conf"))),
        pid_file=_three(pid_file) if pid_file else None,
        docker_sock=section.get("docker_sock") or "",
        split=section.all("split"),
        emergency=(section.get("emergency") or "0") != "0",
        gvproxy=_said(section, "gvproxy"),
        gvproxy_path=section.get("gvproxy_path") or "",
        wall=_moment(section.get("wall")),
        pressure=int(pressure.last) if pressure and pressure.status == 0 and pressure.last.isdecimal() else None,
    )


def read_inside(section: Section) -> InsideSeen:
    """Type the `doctor_inside` section."""
    failed = section.blocks.get("failed")
    return InsideSeen(
        boots=_count(section, "boots"),
        reboot_keys=_count(section, "reboot_keys"),
        used=_used(section.blocks.get("used")),
        failed=tuple(line.split()[0] for line in failed.out if line.strip()) if failed and failed.status == 0 else (),
        vulkan=_vulkan(section.blocks.get("vulkan")),
    )


def _moment(fact: str | None) -> datetime | None:
    try:
        return datetime.strptime(fact or "", "%Y-%m-%dT%H:%M:%S%z")
    except ValueError:
        return None


def _three(fact: str) -> tuple[str, str, str]:
    what, number, path = (*fact.split(" ", 2), "", "")[:3]
    return what, number, path


def _said(section: Section, name: str) -> Said | None:
    block = section.blocks.get(name)
    if block is None:
        return None
    lines = [line.strip() for line in (*block.out, *block.err) if line.strip()]
    return Said(block.status, lines[-1] if lines else "", block.text)


def _line(section: Section, name: str) -> str:
    said = _said(section, name)
    return said.last if said and said.status == 0 else ""


def _count(section: Section, key: str) -> int | None:
    said = section.get(key)
    return int(said) if said is not None and said.isdecimal() else None


def _used(block: Block | None) -> int | None:
    match = _USED.search(block.out[-1]) if block and block.status == 0 and block.out else None
    return int(match[1]) * 1024 if match else None


def _vulkan(block: Block | None) -> tuple[bool, str, str] | None:
    match = next((found for line in (block.out if block else ()) if (found := _VERDICT.match(line))), None)
    if match:
        return match[1] == "accepted", match[2], match[3]
    hung = block is not None and block.status == DEADLINE_PASSED
    return (False, HUNG, "it gave no answer until its deadline") if hung else None
