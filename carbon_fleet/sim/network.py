"""A VM's network: passt in user space, standing where gvproxy is on a Mac, with gvproxy's addresses.

The guest has a network of its own, so bridges and packet filters made in it never touch this machine's and vanish with
it. From outside only its sshd is reached, on 127.0.0.1.
"""

from pathlib import Path

from carbon_fleet.sim import tool

HOST_ADDRESS = "192.168.127.254"
"""This machine's loopback as guests and their containers see it (gvproxy's host.containers.internal)."""
RESOLVER = "192.168.127.1"
"""The resolver guests use; their questions go to this machine's own."""


def create(namespace: Path) -> list[list[str]]:
    """Return the commands that make the file `namespace` an empty network namespace, in this mount namespace only."""
    return [["touch", str(namespace)], ["unshare", f"--net={namespace}", "true"]]


def uplink(root: Path, namespace: Path, ssh_port: int) -> list[str]:
    """Return the command that connects `namespace` to this machine's network and its port 22 to 127.0.0.1:ssh_port."""
    return tool.command(
        root,
        [
            *("pasta", "--foreground", "--quiet", "--config-net", "--runas", "0", "--netns-only", "--ipv4-only"),
            *("--map-host-loopback", HOST_ADDRESS, "--dns-forward", RESOLVER, "--no-netns-quit"),
            *("--tcp-ports", f"127.0.0.1/{ssh_port}:22", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none"),
            *("--netns", "/run/guest"),
        ],
        folders={"/run/guest": namespace},
    )
