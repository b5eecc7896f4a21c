"""What `llama-server` must do in a real VM: the real server of the project's own image, a tiny model of the store."""

import time
from pathlib import Path
from typing import Any

import yaml

from benchmarks.llama_lab import tiny_model
from carbon_fleet.sim.lab import SimulatedLab
from tests.sim.runs import commands, fleet, guest

PORT = 18000
SECRET = ".config/carbon-fleet/secrets/llama-api-key"
BODY = '{"prompt":"1 2 3","max_tokens":2}'
ASK = (
    "exec 3<>/dev/tcp/127.0.0.1/{port}; "
    "printf \"POST /v1/completions HTTP/1.0\\r\\n{head}Content-Length: %s\\r\\n\\r\\n%s\" {size} '{body}' >&3; "
    "timeout 120 cat <&3"
)
FORCED = "echo 999 >/run/llama/wished; exec llama-server --model /models/tiny --device none --port 8080 --ctx-size 256"


def serves_what_the_device_computes(
    lab: SimulatedLab, file: str, folder: Path, device: str = "", timeout: float = 1200
) -> None:
    """A completion with the key, none without, nothing to do again; and what does not compute there is unhealthy.

    `device` is how the name begins of the one that has to compute.
    """
    wished = wish(file, folder)
    fleet("apply", wished, expect=0, timeout=timeout)
    assert commands(fleet("apply", wished, expect=0)) == []
    key = (lab.mac("mac-01").home / SECRET).read_text().strip()
    answer = _ask(lab, f"Authorization: Bearer {key}\\r\\n")
    assert answer.startswith("HTTP/1.1 200"), answer
    assert '"completion_tokens":2' in answer
    assert _ask(lab, "").startswith("HTTP/1.1 401")
    assert _ask(lab, "Authorization: Bearer wrong\\r\\n").startswith("HTTP/1.1 401")
    said = guest(lab, "mac-01", "journalctl --no-pager -o cat CONTAINER_NAME=llama-server").stdout
    assert "using device Vulkan0" in said
    assert key[-4:] not in said
    _refuses_other_devices(lab, device)


def wish(file: str, folder: Path) -> str:
    """The lab's file with the server and its model besides what it has; the path of the copy."""
    model, sha256 = tiny_model(folder)
    document: dict[str, Any] = yaml.safe_load(Path(file).read_text())
    stack = {"name": "llama-server", "settings": {"model": "tiny", "context": 512, "parallel": 2, "port": PORT}}
    document["defaults"] |= {
        "models": {"tiny": {"url": model, "sha256": sha256, "size": "3MiB"}},
        "stacks": [*document["defaults"]["stacks"], stack],
    }
    path = Path(file).with_name("lab-that-serves.yml")
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    return str(path)


def _ask(lab: SimulatedLab, head: str) -> str:
    return guest(lab, "mac-01", ASK.format(port=PORT, head=head, size=len(BODY), body=BODY)).stdout


def _refuses_other_devices(lab: SimulatedLab, device: str) -> None:
    health = guest(lab, "mac-01", "podman exec llama-server llama-health").stdout
    assert health.startswith(f"healthy: computes on Vulkan0 ({device}"), health
    strict = guest(lab, "mac-01", "podman exec -e CARBON_ACCEPT=apple llama-server llama-health")
    assert (strict.returncode, "which is not the GPU of this Mac" in strict.stdout) == (1, True), strict.stdout
    image = guest(lab, "mac-01", "podman inspect --format '{{.ImageName}}' llama-server").stdout.strip()
    store = guest(lab, "mac-01", "ls /var/lib/carbon-fleet/models/*.checked").stdout.strip().removesuffix(".checked")
    run = f"podman run --rm --pull=never --network=none --tmpfs /run/llama --tmpfs /tmp -v {store}:/models/tiny:ro"
    without = "-e VK_DRIVER_FILES=/no -e VK_ICD_FILENAMES=/no"
    gone = guest(lab, "mac-01", f"{run} {without} {image} llama-serve tiny 256 999 1")
    assert gone.returncode != 0
    assert "invalid device: Vulkan0" in gone.stdout + gone.stderr
    guest(lab, "mac-01", f'{run} -d --name on-cpu {image} sh -c "{FORCED}"')
    try:
        assert _settled(lab, "on-cpu") == "unhealthy: the server did not say that it uses a GPU: it computes on the CPU"
    finally:
        guest(lab, "mac-01", "podman rm -f -t 1 on-cpu")


def _settled(lab: SimulatedLab, container: str) -> str:
    """What its health program says once the server answers."""
    end = time.monotonic() + 120
    while time.monotonic() < end:
        said = guest(lab, "mac-01", f"podman exec {container} llama-health").stdout.strip()
        if "still loads" not in said:
            return said
        time.sleep(1)
    return "it never answered"
