"""A stack for Apple's `container` on modelled Macs, and how tests look at it and change it behind our back."""

import json
from collections.abc import Callable
from typing import Any

from carbon_fleet.sim.lab import SimulatedMac
from tests.sim.drifts import Drift, shell

WEB = {
    "image": "docker.io/library/nginx:1",
    "ports": ["8080:80"],
    "volumes": ["shop-data:/data"],
    "secrets": {"TOKEN": "shop-token", "/run/secrets/token": "shop-token"},
    "environment": {"PRICE": "5$"},
    "health": {"command": "true"},
}
STACKS: list[Any] = [{"name": "shop", "containers": {"web": WEB}}]
CONTAINER = "/opt/homebrew/bin/container"
SHOP = "apple_container.stack.shop.web"
JOB = "apple_container.job.shop-web"
FOLDER = ".config/carbon-fleet/apple-container/shop"
PLIST = "Library/LaunchAgents/io.carbon-fleet.container.shop-web.plist"
LABEL = "gui/501/io.carbon-fleet.container.shop-web"


def inside(mac: SimulatedMac) -> dict[str, Any]:
    """Its containers and volumes."""
    known: dict[str, Any] = json.loads((mac.shared / "apple.json").read_text())
    return known


def images(mac: SimulatedMac) -> dict[str, str]:
    """Its images and what their label says."""
    known: dict[str, str] = json.loads((mac.shared / "engines.json").read_text())["apple"].get("images", {})
    return known


def of_the_container(**said: Any) -> Callable[[SimulatedMac], None]:
    """Something of its only container is otherwise."""

    def do(mac: SimulatedMac) -> None:
        known = inside(mac)
        known["containers"]["shop-web"] |= said
        (mac.shared / "apple.json").write_text(json.dumps(known))

    return do


IMAGE = f"$({CONTAINER} image list --format json | grep -o 'localhost/carbon-fleet/[a-z:0-9-]*')"
ROUNDS = {
    "files, job, health": [
        Drift(shell(f"echo ' ' >>{FOLDER}/containers.json"), "apple_container.stack.shop", "content"),
        Drift(shell(f"chmod 644 {FOLDER}/containers.json"), "apple_container.stack.shop", "mode"),
        Drift(shell(f"echo '<!-- mine -->' >>{PLIST}"), JOB, "content"),
        Drift(shell(f"chmod 600 {PLIST}"), JOB, "mode"),
        Drift(of_the_container(health="unhealthy"), SHOP, "health"),
        Drift(shell(f"{CONTAINER} image rm {IMAGE}"), "apple_container.image.venus", "tag"),
    ],
    "its job unloaded": [Drift(shell(f"launchctl bootout {LABEL}"), SHOP, "job")],
    "removed with its volume": [
        Drift(shell(f"{CONTAINER} delete --force shop-web"), SHOP, "container"),
        Drift(shell(f"{CONTAINER} volume rm shop-data"), "apple_container.volume.shop-data", "volume"),
    ],
    "made from something else": [Drift(of_the_container(labels={"io.carbon-fleet.stack": "shop"}), SHOP, "definition")],
    # Its job would start them again before anybody looks.
    "services stopped": [
        Drift(shell(f"launchctl bootout {LABEL}"), "apple_container.system", "state"),
        Drift(shell(f"{CONTAINER} system stop"), "apple_container.system", "state"),
    ],
    "its kernel removed": [
        Drift(
            shell("rm 'Library/Application Support/com.apple.container/kernels/default.kernel-arm64'"),
            "apple_container.kernel",
            "kernel",
        )
    ],
    "uninstalled": [
        Drift(shell("/opt/homebrew/bin/brew uninstall container"), "homebrew.formula.container", "version"),
    ],
}
AT_ONCE = "files, job, health"
"""The round that runs by default; the others have each its own walk."""
