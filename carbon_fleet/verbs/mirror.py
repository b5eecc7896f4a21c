"""`carbon-fleet mirror build|check|serve`: a site mirror made, checked and served. No Mac is contacted."""

import re
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from json import dumps
from pathlib import Path
from typing import Any

from carbon_fleet.mirror import manifest as manifests
from carbon_fleet.mirror.build import Build
from carbon_fleet.mirror.check import wrong
from carbon_fleet.mirror.depot import Depot
from carbon_fleet.mirror.manifest import Manifest
from carbon_fleet.mirror.server import Server
from carbon_fleet.mirror.trouble import MirrorTrouble
from carbon_fleet.mirror.wants import wants
from carbon_fleet.mirror.web import Web
from carbon_fleet.report.exits import Exit
from carbon_fleet.verbs.choice import lab_of, usage
from carbon_fleet.verbs.ending import forget_reader
from carbon_fleet.verbs.outdated import places
from carbon_fleet.verbs.stop import Stop
from carbon_fleet.verbs.talk import Talk

FORMAT_VERSION = 1


def build(
    file: Path, folder: Path, tags: Sequence[str], at: Sequence[str], *, prune: bool, json: bool, quiet: bool
) -> int:
    """Fill `folder` with what the lab's Macs fetch. Returns 0, or 4 where a piece could not be had."""
    lab, instead, talk = lab_of(file), places(at), Talk(quiet)
    for tag in tags:
        if not re.fullmatch(r"arm64_[a-z_]+", tag):
            raise usage(f"--bottle-tag {tag}: write a macOS as Homebrew's bottles name it, such as arm64_tahoe")
    depot, freed = Depot(folder), 0
    try:
        with depot.building():
            work = Build(lab.name, wants(lab), depot, Web(depot, instead, talk.note), tuple(tags), talk.note)
            manifest = work.run()
            if manifest is not None and prune:
                freed = depot.prune(manifest)
    except MirrorTrouble as trouble:
        raise _refused(trouble) from None
    _say(_built(folder, manifest, work.failures, freed), json, _text)
    return Exit.OK if manifest is not None else Exit.SOME_FAILED


def check(folder: Path, *, remove: bool, json: bool) -> int:
    """Read everything in `folder`. Returns 0, or 2 where something is not as the manifest says."""
    manifest, depot = _manifest(folder), Depot(folder)
    found = [{"path": entry.path, "sha256": entry.sha256, "what": what} for entry, what in wrong(folder, manifest)]
    for each in found if remove else ():
        depot.path(each["sha256"]).unlink(missing_ok=True)
    whole = {"format_version": FORMAT_VERSION, "mirror": str(folder), "lab": manifest.lab}
    whole |= {"wrong": found, "removed": remove and bool(found)}
    _say({**whole, "contents": len(_sizes(manifest)), "bytes": sum(_sizes(manifest).values())}, json, _checked)
    return Exit.PENDING if found else Exit.OK


def serve(folder: Path, listen: str, *, quiet: bool) -> int:
    """Answer at `listen` until Ctrl-C. Returns 0; 64 for an address that cannot be had."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise usage(f"--listen {listen}: write ADDRESS:PORT, such as 127.0.0.1:8480, or 0.0.0.0:8480 for the network")
    talk = Talk(quiet)
    try:
        server = Server(folder, (host.strip("[]"), int(port)), talk.note)
    except MirrorTrouble as trouble:
        raise _refused(trouble) from None
    except OSError as error:
        raise usage(f"--listen {listen}: {error.strerror}: choose another address or port") from None
    print(f"http://{host}:{server.server_port}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        talk.note("no more is answered")
    finally:
        server.server_close()
    return Exit.OK


def _manifest(folder: Path) -> Manifest:
    try:
        return manifests.read(folder)
    except MirrorTrouble as trouble:
        raise _refused(trouble) from None


def _refused(trouble: MirrorTrouble) -> Stop:
    print(trouble, file=sys.stderr)
    return Stop(Exit.REFUSED)


def _sizes(manifest: Manifest) -> dict[str, int]:
    return {entry.sha256: entry.size for entry in manifest.entries}


def _built(folder: Path, manifest: Manifest | None, failures: Mapping[str, str], freed: int) -> dict[str, Any]:
    kinds = Counter(entry.kind.value for entry in manifest.entries) if manifest else {}
    return {
        "format_version": FORMAT_VERSION,
        "mirror": str(folder),
        "whole": manifest is not None,
        "paths": dict(sorted(kinds.items())),
        "bytes": sum(_sizes(manifest).values()) if manifest else None,
        "freed": freed,
        "left_out": [each.model_dump() for each in manifest.left_out] if manifest else [],
        "failures": [{"what": name, "why": why} for name, why in failures.items()],
    }


def _say(document: Mapping[str, Any], json: bool, text: Callable[[Mapping[str, Any]], str]) -> None:
    try:
        print(dumps(document, indent=2) if json else text(document), flush=True)
    except BrokenPipeError:
        forget_reader()


def _text(document: Mapping[str, Any]) -> str:
    lines = [f"left out: {each['name']}: {each['why']}{_packages(each)}" for each in document["left_out"]]
    if not document["whole"]:
        lines += [f"not had: {each['what']}: {each['why']}" for each in document["failures"]]
        return "\n".join(
            [*lines, f"{document['mirror']}: not whole; what was had is kept, and what was served before stays"]
        )
    kinds = ", ".join(f"{number} {kind}" for kind, number in document["paths"].items())
    freed = f"; {_mib(document['freed'])} freed" if document["freed"] else ""
    lacks = f" but for {len(lines)} left out" if lines else ""
    return "\n".join([*lines, f"{document['mirror']}: whole{lacks}: {_mib(document['bytes'])}; paths: {kinds}{freed}"])


def _packages(left: Mapping[str, Any]) -> str:
    named = Counter(each.partition(":")[0] for each in left["packages"])
    told = ", ".join(f"{number} of {whence}" for whence, number in named.items())
    return f" (it names {told}: mirror.json lists them)" if told else ""


def _checked(document: Mapping[str, Any]) -> str:
    lines = [f"wrong: {each['path']}: {each['what']}" for each in document["wrong"]]
    if lines:
        first = f"{document['mirror']}: {len(lines)} of {document['contents']} contents are wrong"
        again = "build the mirror again: it fetches just these"
        remedy = again if document["removed"] else "`--remove` takes them away; then " + again
        return "\n".join([*lines, f"{first}: {remedy}"])
    return f"{document['mirror']}: {document['contents']} contents, {_mib(document['bytes'])}: all as the manifest says"


def _mib(size: int) -> str:
    return f"{size / (1 << 20):.1f} MiB"
