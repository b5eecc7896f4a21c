"""The look: one script on the Mac, and what its answer says of each runtime; pure."""

import re
import shlex

from carbon_fleet.matrix.look_lima import lima_seen
from carbon_fleet.matrix.runtimes import APPLE, APPLEHV, COLIMA, DOCKER, LIBKRUN, LIMA, NATIVE, Seen
from carbon_fleet.plan import Command, mac
from carbon_fleet.snapshot import Unreadable
from carbon_fleet.snapshot.script import deadline_program, script_text
from carbon_fleet.snapshot.section import Section
from carbon_fleet.snapshot.wire import HEADER, parse
from carbon_fleet.spec import Mac
from operations.homebrew import RESOURCE as HOMEBREW
from operations.homebrew import Homebrew

LOOK_SECONDS = 240
"""More than all deadlines of files/matrix/look.sh together."""
LLAMA = "llama.cpp"


TERMS = "nobody has accepted its terms, which are a contract: nothing is accepted in anybody's name"


def script(section: str, files: tuple[str, ...], variables: dict[str, str]) -> str:
    """The text for `/bin/sh -s` that answers with one section in the probe's language, made of these `files`."""
    values = {"CF_DEADLINE": deadline_program(), "CF_TIMING": "", **variables}
    assigned = "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(values.items()))
    body = f"printf '%s\\n' '{HEADER}'\n{assigned}{script_text('probe/lib.sh')}{''.join(map(script_text, files))}"
    return f"cf_all() {{\n{body}cf_section {section}\nprintf '%s\\n' '%done'\n}}\ncf_all </dev/null\n"


def section_in(lines: tuple[str, ...], name: str) -> Section:
    """The section `name` of an answer. Raises `Unreadable` when it is not whole."""
    answer = parse(lines)
    if name not in answer.sections or not answer.complete:
        raise Unreadable(f"the answer to the look for runtimes broke off before its section {name} ended")
    return answer.sections[name]


def declared(wanted: Mac) -> bool:
    """Whether a native tool (llama.cpp) is wished on this Mac, by name or for a stack that runs so: no other is run."""
    return any(name.rpartition("/")[2] == LLAMA for name in HOMEBREW.wish(wanted).wished)


def look_command(wanted: Mac) -> Command:
    """The one command that looks for every runtime."""
    prefix = str(wanted.section("homebrew", Homebrew).prefix)
    variables = {"CF_PREFIX": prefix, "CF_NATIVE": "1" if declared(wanted) else ""}
    text = script("matrix", ("probe/lima.sh", "matrix/look.sh"), variables)
    return mac("/bin/sh", "-s", stdin=text, deadline=LOOK_SECONDS, says="look which container runtimes are there")


def runtimes_in(section: Section, machine: str, prefix: str, instance: str = "default") -> dict[str, Seen]:
    """Each runtime by its key. `machine` and `instance` are the lab's own, told first; `prefix` is Homebrew's."""
    found = [_docker(section), _podman(section, APPLEHV, machine, prefix), _podman(section, LIBKRUN, machine, prefix)]
    found += [lima_seen(section, kind, instance) for kind in (LIMA, COLIMA)]
    return {seen.runtime: seen for seen in (*found, _apple(section), _native(section))}


def _docker(section: Section) -> Seen:
    if section.get("docker_app") is None:
        return Seen(DOCKER)
    app, server = section.blocks.get("docker-app"), section.blocks.get("docker-server")
    version = app.text.strip()[:40] if app and app.status == 0 else None
    running = server is not None and server.status == 0 and bool(server.text.strip())
    cli = section.get("docker_cli") or ""
    trouble = "" if cli else "its docker command was not found in the application, ~/.docker/bin or /usr/local/bin"
    barred = "" if section.get("docker_terms") else TERMS
    return Seen(DOCKER, True, version, running, cli, section.get("docker_host") or "", "", trouble, barred=barred)


def _apple(section: Section) -> Seen:
    cli = section.get("container_cli")
    if cli is None:
        return Seen(APPLE)
    said, status = section.blocks.get("container-version"), section.blocks.get("container-status")
    match = re.search(r"\b(\d+(?:\.\d+)+\S*)", said.text) if said else None
    # Its exit status is 0 in both states in some versions: the words count.
    words = status.text.lower() if status else ""
    stopped = re.search(r"\bnot (running|registered)|\bunregistered\b|\bstopped\b", words) is not None
    running = status is not None and status.status == 0 and "running" in words and not stopped
    return Seen(APPLE, True, match[1][:40] if match else None, running, cli)


def _podman(section: Section, runtime: str, machine: str, prefix: str) -> Seen:
    provider = runtime.removeprefix("podman-")
    names = section.all(f"machine_{provider}")
    version = section.get("podman") or None
    if not names:
        return Seen(runtime, False, version)
    states = {name: _state(section, f"machine-{provider} {name}") for name in names}
    # podman runs one machine at a time: the one that runs is the runtime, else the lab's own, else the first.
    order = sorted(names, key=lambda name: (states[name] != "running", name != machine))
    state = states[order[0]]
    trouble = "" if state else "podman machine inspect did not tell its state"
    running = state == "running" if state else None
    return Seen(runtime, True, version, running, f"{prefix}/bin/podman", f"{order[0]}-root", order[0], trouble)


def _state(section: Section, block: str) -> str:
    said = section.blocks.get(block)
    return said.text.strip()[:40] if said and said.status == 0 else ""


def _native(section: Section) -> Seen:
    version, devices = section.get("llama") or None, section.blocks.get("native-devices")
    if devices is None:
        return Seen(NATIVE, version is not None, version)
    name = next((line.strip() for line in devices.out if re.match(r"\s+\w+: \S", line)), "")
    trouble = "" if devices.status == 0 else (devices.err[-1] if devices.err else f"exit status {devices.status}")
    return Seen(NATIVE, True, version, None, "llama-bench", "", name[:200], trouble)
