"""What changes behind our back on a Mac whose stack `shop` runs by Docker Desktop, and the names it must have."""

import hashlib
import json
from collections.abc import Callable

from carbon_fleet.sim.lab import SimulatedMac
from tests.sim.drifts import Drift, shell

WEIGHTS = b"GGUF, modelled" * 64
MODEL = hashlib.sha256(WEIGHTS).hexdigest()
KEPT_MODEL = f".local/share/carbon-fleet/docker/models/{MODEL}"
DOCKER = "DOCKER_HOST=unix://$HOME/.docker/run/docker.sock /Applications/Docker.app/Contents/Resources/bin/docker"
SETTINGS = "Library/Group Containers/group.com.docker/settings-store.json"
SHOP = "docker.stack.shop.web"
COMPOSE = ".config/carbon-fleet/docker/shop/compose.yaml"


def of_the_container(**changed: str) -> Callable[[SimulatedMac], None]:
    def do(mac: SimulatedMac) -> None:
        known = json.loads((mac.shared / "engines.json").read_text())
        known["docker"]["containers"]["shop-web"] |= changed
        (mac.shared / "engines.json").write_text(json.dumps(known))

    return do


SET = f"{DOCKER} desktop stop && sed -i '' {{}} \"$HOME/{SETTINGS}\" && {DOCKER} desktop start"
OTHERS = SET.format("-e 's/: 4,/: 2,/' -e s/8192/4096/ -e s/65536/32768/ -e 's/Start\": true/Start\": false/'")
IMAGES = f"$({DOCKER} image ls --filter label=io.carbon-fleet.inputs --format '{{{{.Repository}}}}:{{{{.Tag}}}}')"
ROUNDS = {
    "settings, its file, its health": [
        *(
            Drift(shell(OTHERS if name == "cpus" else "true"), "docker.settings", name)
            for name in ("cpus", "memory", "disk", "start_at_login")
        ),
        Drift(shell(f"echo '# mine' >>{COMPOSE}"), "docker.stack.shop", "content"),
        Drift(of_the_container(health="unhealthy"), SHOP, "health"),
    ],
    "its mode, its state, its image": [
        Drift(shell(f"chmod 644 {COMPOSE}"), "docker.stack.shop", "mode"),
        Drift(of_the_container(state="exited"), SHOP, "state"),
        Drift(shell(f"{DOCKER} image rm {IMAGES}"), "docker.image.venus", "tag"),
    ],
    "itself, its volume and its model": [
        Drift(shell(f"rm -f {KEPT_MODEL}"), "docker.model.weights", "file"),
        Drift(shell(f"{DOCKER} rm --force shop-web"), SHOP, "container"),
        Drift(shell(f"{DOCKER} volume rm shop-data"), "docker.volume.shop-data", "volume"),
    ],
    "quit and uninstalled": [
        Drift(shell(f"{DOCKER} desktop stop"), "docker.engine", "state"),
        Drift(
            shell("/opt/homebrew/bin/brew uninstall --cask docker-desktop"),
            "homebrew.cask.docker-desktop",
            "installed",
        ),
    ],
}
