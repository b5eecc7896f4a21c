"""The simulated images of the carbon suite: the real services, of Debian's packages, under the suite's own names.

One image is carbon-base and carbon-compute at once; docs/simulation.md says what differs from the suite's.
"""

import json
from pathlib import Path

from carbon_fleet import assets
from carbon_fleet.sim import base_image, rootfs
from carbon_fleet.sim.state import SimError
from carbon_fleet.sim.vm import VMError

VERSION = "2.0.0"
"""The tag the stacks ask for unless a lab says otherwise."""
_NAMES = ("carbon-base-macos", "carbon-compute-macos", "carbon-tools-macos")
_PASSWORD = "Carbon123#"
# As in the suite: software rendering, and the password that everybody knows.
_ENVIRONMENT = {
    "HOME": "/home/carbon",
    "DISPLAY": ":1",
    "POSTGRES_PASSWORD": _PASSWORD,
    "MYSQL_PASSWORD": _PASSWORD,
    "MSSQL_SA_PASSWORD": _PASSWORD,
    "LIBGL_ALWAYS_SOFTWARE": "1",
    "GALLIUM_DRIVER": "llvmpipe",
    "MESA_LOADER_DRIVER_OVERRIDE": "llvmpipe",
    "VK_ICD_FILENAMES": "/usr/share/vulkan/icd.d/lvp_icd.x86_64.json:/usr/share/vulkan/icd.d/lvp_icd.aarch64.json",
}
_HERE = Path(__file__).parent / "images" / "carbon"
_EDITOR = rootfs.System(
    "code-server",
    "bookworm",
    (),
    str(_HERE / "code-server.sh"),
    (
        "nodejs",
        "npm",
        "g++",
        "make",
        "python3",
        "pkg-config",
        "libnode-dev",
        "libx11-dev",
        "libxkbfile-dev",
        "libsecret-1-dev",
    ),
    start=rootfs.BASE,
)
SYSTEM = rootfs.System(
    "carbon",
    "bookworm",
    (),
    str(_HERE / "provision.sh"),
    (
        *("supervisor", "tini", "sudo", "curl", "procps", "openssh-server", "python3-venv"),
        *("tigervnc-standalone-server", "tigervnc-tools", "openbox", "xterm", "xrdp"),
        *("postgresql", "redis-server", "mosquitto", "mosquitto-clients", "nodejs"),
    ),
    (
        ("", _HERE / "root"),
        ("provision/jupyter.txt", assets.root() / "files/images/carbon-gpu/jupyter.txt"),
        ("provision/websockify.txt", _HERE / "websockify.txt"),
    ),
    (("opt/code-server", _EDITOR),),
    rootfs.BASE,
)
"""What is in it."""


def put(lab: Path, version: str = VERSION) -> dict[str, str]:
    """Put the images into the registry of the lab in the folder `lab`, under the suite's names; references by digest.

    Another `version` is another image with the same files. Made first when nothing is cached, which takes minutes and
    root. Raises SimError.
    """
    try:
        services = json.loads((lab / "services" / "services.json").read_text())
        return _serve(services["registry_port"], version)
    except FileNotFoundError:
        raise SimError("this lab has no registry: its VMs are modelled. Bring one up with `--vm real`") from None
    except VMError as error:
        raise SimError(str(error)) from error


def _serve(registry_port: int, version: str) -> dict[str, str]:
    settings = {
        "Env": [base_image.PATH, *(f"{name}={value}" for name, value in _ENVIRONMENT.items())],
        "Entrypoint": ["/usr/local/bin/entrypoint.sh"],
        "Labels": {"org.opencontainers.image.version": version},
    }
    image = base_image.packed(SYSTEM, settings)
    place = f"http://127.0.0.1:{registry_port}"
    digests = {name: base_image.push_image(place, f"wisejnrs/{name}:{version}", image) for name in _NAMES}
    return {name: f"docker.io/wisejnrs/{name}@{digest}" for name, digest in digests.items()}
