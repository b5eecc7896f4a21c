"""A VM's host GPU: virglrenderer's Venus server over lavapipe, standing where virglrenderer and MoltenVK are on a Mac.

The driver in the container is the real Venus driver and the protocol is the real one; only the transport (a socket
instead of a virtio device) and the host device (llvmpipe instead of Metal) differ. The VM's own containers.conf hands
the socket to every container, so that images and units know nothing of it.
"""

from pathlib import Path

from carbon_fleet.sim import tool

SOCKET = "/run/host-gpu/venus.sock"
"""Where a guest and its containers see the server's socket."""
_LAVAPIPE = "/usr/share/vulkan/icd.d/lvp_icd.json"
# A server that was killed leaves its socket, and the next one cannot bind it; containers run as any user.
_START = 'rm -f "$0"; umask 0; exec virgl_test_server --no-virgl --venus --multi-clients --socket-path "$0"'


def server(root: Path, directory: Path) -> list[str]:
    """Return the command of the server whose socket appears in `directory`, run from the guest's root file system."""
    return tool.command(
        root,
        ["sh", "-c", _START, SOCKET],
        folders={str(Path(SOCKET).parent): directory},
        environment={"VK_DRIVER_FILES": _LAVAPIPE, "MESA_SHADER_CACHE_DISABLE": "1"},
    )


def containers_settings() -> dict[str, list[str]]:
    """Return what [containers] in the guest's containers.conf needs so that every container reaches the server."""
    folder = str(Path(SOCKET).parent)
    return {
        "volumes": [f"{folder}:{folder}"],
        "env": ["VN_DEBUG=vtest", f"VTEST_SOCKET_NAME={SOCKET}"],
    }
