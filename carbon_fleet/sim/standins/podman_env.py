"""What one podman invocation stands on: its version, directories, and the provider it would give a new machine."""

from __future__ import annotations

import os
import sys

from .disk import fail

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROVIDERS = ("libkrun", "applehv")
VM_TYPES = ("qemu", "wsl", "applehv", "libkrun", "hyperv")
"""What podman knows on any system: the ones not in PROVIDERS are unsupported on a Mac."""
HELPERS = ("/opt/podman/bin", "/opt/homebrew/opt/podman/libexec/podman", "/opt/homebrew/bin", "/usr/local/bin")


class Env:
    """Paths follow HOME, XDG_* and TMPDIR of the caller, as podman's do (podman `pkg/machine/env`)."""

    def __init__(self) -> None:
        parts = os.path.realpath(sys.argv[0]).split("/")
        self.brewed = "Cellar" in parts
        self.version = parts[parts.index("podman") + 1] if self.brewed else "6.1.1"
        numbers = [int("".join(c for c in part if c.isdigit()) or 0) for part in self.version.split(".")[:3]]
        self.release = tuple(numbers)
        self.major, self.minor = numbers[0], numbers[1]
        home = os.environ.get("HOME", "/Users/lab")
        self.home = home
        self.config_home = os.environ.get("XDG_CONFIG_HOME") or f"{home}/.config"
        self.config = f"{self.config_home}/containers/podman/machine"
        self.data = (os.environ.get("XDG_DATA_HOME") or f"{home}/.local/share") + "/containers/podman/machine"
        self.run = (os.environ.get("TMPDIR") or "/tmp").rstrip("/") + "/podman"
        self.connections = os.environ.get("PODMAN_CONNECTIONS_CONF") or (
            f"{self.config_home}/containers/podman-connections.json"
        )
        self.identity = f"{self.data}/machine"

    def settings(self) -> dict[str, Any]:
        """The [machine] table of containers.conf, read in this version's order (containers.conf(5))."""
        import tomllib

        found: dict[str, Any] = {}
        for path in self._config_files():
            try:
                with open(path, "rb") as file:
                    found.update(tomllib.load(file).get("machine", {}))
            except FileNotFoundError:
                if path == os.environ.get("CONTAINERS_CONF"):
                    why = f"CONTAINERS_CONF file: faccessat {path}: no such file or directory"
                    fail(f"Failed to obtain podman configuration: finding config on system: {why}", 1)
            except tomllib.TOMLDecodeError as error:
                why = f'reading system config "{path}": decode configuration {path}: toml: {error}'
                fail(f"Failed to obtain podman configuration: {why}", 1)
        return found

    def _config_files(self) -> list[str]:
        override = os.environ.get("CONTAINERS_CONF_OVERRIDE")
        return [*self._own_files(), *([override] if override else [])]

    def _own_files(self) -> list[str]:
        user, system, vendor = f"{self.config_home}/containers", "/etc/containers", "/usr/share/containers"
        places = [vendor, system, user]
        if one := os.environ.get("CONTAINERS_CONF"):
            return [one]
        mains = [f"{place}/containers.conf" for place in places]
        if self.major >= 6:
            mains = [path for path in reversed(mains) if os.path.exists(path)][:1]
            dropins = {path.rpartition("/")[2]: path for place in places for path in _confs(place)}
            return mains + [dropins[name] for name in sorted(dropins)]
        return [path for place, main in zip(places, mains, strict=True) for path in [main, *sorted(_confs(place))]]

    def provider(self) -> str:
        """The provider of a new machine; the variable counts whenever it exists, even empty."""
        wanted = os.environ.get("CONTAINERS_MACHINE_PROVIDER")
        if wanted is None:
            wanted = str(self.settings().get("provider", ""))
        # Upstream's default is libkrun since 6.0; Homebrew's formula takes that back (patch revert-libkrun-default).
        upstream = self.major >= 6 and not self.brewed and "podman" in os.path.realpath(sys.argv[0]).split("/")[:3]
        kind = wanted.strip().lower() or ("libkrun" if upstream else "applehv")
        if kind not in VM_TYPES:
            fail(f"Error: unknown VMType `{wanted}`", 125)
        if kind not in PROVIDERS:
            fail(f"Error: unsupported virtualization provider: `{kind}`", 125)
        return kind

    def make_folders(self) -> None:
        """What every machine verb makes: the folders of the provider it looks at (podman 6 looks at all)."""
        chosen = self.provider()
        if os.getuid() == 0:
            return
        for provider in PROVIDERS if self.major >= 6 else (chosen,):
            os.makedirs(f"{self.config}/{provider}", exist_ok=True)
            os.makedirs(f"{self.data}/{provider}/cache", exist_ok=True)

    def helper(self, name: str) -> str | None:
        """Where a helper binary is: the helper directories, then (krunkit only) PATH."""
        path = os.environ.get("PATH", "").split(":") if name == "krunkit" else []
        places = [os.environ.get("CONTAINERS_HELPER_BINARY_DIR", ""), *HELPERS, *path]
        return next((f"{place}/{name}" for place in places if place and os.path.exists(f"{place}/{name}")), None)


def _confs(place: str) -> list[str]:
    try:
        names = os.listdir(f"{place}/containers.conf.d")
    except OSError:
        return []
    return [f"{place}/containers.conf.d/{name}" for name in names if name.endswith(".conf")]
