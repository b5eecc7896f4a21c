"""`images build`, `push` and `list` with real podman and the lab's registry, for two platforms at once."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from carbon_fleet import assets
from carbon_fleet.sim import network
from carbon_fleet.sim.lab import SimulatedLab
from carbon_fleet.verbs.registry import ACCEPT
from tests.sim.runs import guest
from tests.unit.operations.made_images import forget, make_project

pytestmark = [pytest.mark.real_vm, pytest.mark.timeout(400)]
FILES = {
    "images/top/Containerfile": "FROM scratch\nARG WORD=one\nLABEL word=${WORD}\nCOPY note /note\n",
    "images/top/note": "hello\n",
    "images/top/image.yml": "description: Nothing but a note.\n",
}


def test_pushed_for_two_platforms_it_is_pulled_by_its_digest(tmp_path: Path) -> None:
    deploy, patch = assets.root() / "deploy.py", pytest.MonkeyPatch()
    try:
        project = make_project(patch, tmp_path / "project", FILES)
        shutil.copy(deploy, project)
    finally:
        patch.undo()
        forget()
    with SimulatedLab.up(macs=1, vm="real", state=tmp_path / "labs") as lab:
        services = json.loads((lab.state.directory / "services" / "services.json").read_text())
        target = f"{network.HOST_ADDRESS}:{services['registry_port']}/carbon"

        def run(wish: object, verb: str, *words: str) -> dict[str, object]:
            document = yaml.safe_load(lab.file.read_text())
            document["defaults"] |= {"stacks": [], "images": wish}
            file = lab.file.with_name("wish.yml")
            file.write_text(yaml.safe_dump(document))
            line = [sys.executable, "-m", "tests.sim.project_cli", str(project), *verb.split(), str(file), *words]
            ran = subprocess.run([*line, "--json"], capture_output=True, text=True, timeout=200)
            assert ran.returncode == 0, f"{ran.stdout[-3000:]}{ran.stderr[-2000:]}"
            (found,) = json.loads(ran.stdout)["macs"]
            return dict(found)

        run({}, "apply --yes")
        platforms = ["--platform", "linux/arm64,linux/amd64"]
        run({"top": {}}, "images build", *platforms)
        pushed = run({"top": {}}, "images push", "mac-01", "--to", target, *platforms)["measured"]["pushed"]  # type: ignore[index]
        digest = pushed["top"].partition("@")[2]
        url = f"http://127.0.0.1:{services['registry_port']}/v2/carbon/top/manifests/{digest}"
        index = json.loads(
            subprocess.run(["curl", "-fsS", "-H", f"Accept: {ACCEPT}", url], capture_output=True, check=True).stdout
        )
        assert {each["platform"]["architecture"] for each in index["manifests"]} == {"arm64", "amd64"}
        guest(lab, "mac-01", "podman rmi -af")
        # Names of registries are mapped in the machines; to the address itself only pushes go.
        wish = {"top": {"pull": f"docker.io/carbon/top@{digest}"}}
        run(wish, "apply --yes")
        assert run(wish, "apply --yes")["results"] == []
        (row,) = run(wish, "images list")["measured"]["images"]  # type: ignore[index]
        assert (row["source"], row["there"], row["bytes"] > 0) == ("pulled", True, True)
        told = guest(lab, "mac-01", f"podman image inspect --format '{{{{json .Labels}}}}' {row['tag']}").stdout
        labels = json.loads(told)
        assert labels["org.opencontainers.image.title"] == "top"
        assert labels["org.opencontainers.image.version"] == labels["io.carbon-fleet.inputs"][:16]
