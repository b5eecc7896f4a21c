"""docker or nerdctl in a virtual machine of Lima: info, version, image inspect, run of vulkan-check, rm."""

from __future__ import annotations

import json
import os
import sys

from .container_check import document
from .container_proof import proof, trouble
from .disk import fail, journal, read_json
from .engines import inspected, unknown


def main(argv: list[str]) -> int:
    """Run one command."""
    program, words = os.path.basename(argv[0]), argv[1:]
    journal(["lima", program, *words])
    images = read_json(f"{os.environ['SIM_LIMA']}/sim.json").get("images", {})
    if words == ["info"]:
        sys.stdout.write("Server:\n")
    elif words[:1] == ["version"]:
        sys.stdout.write("2.1.6\n")
    elif words[:2] == ["image", "inspect"]:
        if words[2] not in images:
            fail(f"no such object: {words[2]}")
        sys.stdout.write(inspected(words[2], images[words[2]]))
    elif words[:1] == ["run"]:
        return _run(words)
    elif words[:2] == ["rm", "-f"]:
        fail(f"no such container: {words[2]}")
    else:
        unknown(program, words)
    return 0


def _run(words: list[str]) -> int:
    node = os.path.exists("/dev/dri/renderD128")
    if "--device" in words and not node:
        fail('FATA[0000] error gathering device information "/dev/dri": no such file or directory')
    accept = next((word.partition("=")[2] for word in words if word.startswith("CARBON_ACCEPT=")), "apple")
    trouble()
    checked = proof(document(accept, render_node=node and "--device" in words))
    sys.stdout.write(json.dumps(checked) + "\n")
    return 0 if checked["verdict"]["accepted"] else 1
