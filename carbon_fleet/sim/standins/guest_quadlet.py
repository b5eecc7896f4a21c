"""A small Quadlet: turns *.container files into services as podman-systemd.unit(5) says, unknown keys refused.

The real generator is used for real VMs; here only what a model of systemd needs is derived.
"""

from __future__ import annotations

import os
import shlex

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

FOLDER = "/etc/containers/systemd"
_KNOWN = frozenset(
    """
    AddCapability AddDevice AddHost Annotation AutoUpdate CgroupsMode ContainerName ContainersConfModule DNS
    DNSOption DNSSearch DropCapability Entrypoint Environment EnvironmentFile EnvironmentHost Exec ExposeHostPort
    GIDMap GlobalArgs Group GroupAdd HealthCmd HealthInterval HealthLogDestination HealthMaxLogCount
    HealthMaxLogSize HealthOnFailure HealthRetries HealthStartPeriod HealthStartupCmd HealthStartupInterval
    HealthStartupRetries HealthStartupSuccess HealthStartupTimeout HealthTimeout HostName IP IP6 Image Label
    LogDriver LogOpt Mask Memory Mount Network NetworkAlias NoNewPrivileges Notify PidsLimit Pod PodmanArgs
    PublishPort Pull ReadOnly ReadOnlyTmpfs ReloadCmd ReloadSignal Retry RetryDelay Rootfs RunInit SeccompProfile
    Secret SecurityLabelDisable SecurityLabelFileType SecurityLabelLevel SecurityLabelNested SecurityLabelType
    ShmSize StartWithPod StopSignal StopTimeout SubGIDMap SubUIDMap Sysctl Timezone Tmpfs UIDMap Ulimit Unmask
    User UserNS Volume WorkingDir
    """.split()
)


def parse(text: str) -> dict[str, dict[str, list[str]]]:
    """Section → key → values in order; a trailing backslash continues a line, an empty value clears the list."""
    sections: dict[str, dict[str, list[str]]] = {}
    current: dict[str, list[str]] = {}
    for line in text.replace("\\\n", " ").splitlines():
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), {})
            continue
        key, _, value = line.partition("=")
        values = current.setdefault(key.strip(), [])
        if value.strip():
            values.append(value.strip())
        else:
            values.clear()
    return sections


def generate() -> tuple[dict[str, dict[str, Any]], list[str]]:
    """Services by name, and what the generator complains of."""
    services, complaints = {}, []
    for name in sorted(os.listdir(FOLDER)) if os.path.isdir(FOLDER) else []:
        path = f"{FOLDER}/{name}"
        if not name.endswith(".container"):
            continue
        with open(path) as file:
            sections = parse(file.read())
        wish = sections.get("Container", {})
        bad = [key for key in wish if key not in _KNOWN]
        if bad:
            complaints.append(
                f"quadlet-generator: converting \"{name}\": unsupported key {bad[0]!r} in group 'Container' in {path}"
            )
        elif not wish.get("Image") and not wish.get("Rootfs"):
            complaints.append(f'quadlet-generator: converting "{name}": no Image or Rootfs key specified')
        else:
            stem = name.removesuffix(".container")
            services[f"{stem}.service"] = {"source": path, "sections": sections, "container": _container(stem, wish)}
    return services, complaints


def _plain(value: str) -> str:
    return value.replace("%%", "%").replace("$$", "$")


def _words(values: list[str]) -> list[str]:
    return [_plain(word) for value in values for word in shlex.split(value)]


def _container(stem: str, wish: dict[str, list[str]]) -> dict[str, Any]:
    labels = dict(item.partition("=")[::2] for item in _words(wish.get("Label", [])))
    return {
        "name": _plain(wish.get("ContainerName", [f"systemd-{stem}"])[-1]),
        "image_name": _plain(wish["Image"][-1]),
        "command": _words(wish.get("Exec", [])),
        "labels": {**labels, "PODMAN_SYSTEMD_UNIT": f"{stem}.service"},
        "env": _words(wish.get("Environment", [])),
        "volumes": [_plain(one) for one in wish.get("Volume", [])],
        "devices": [_plain(one).partition(":")[0] for one in wish.get("AddDevice", [])],
        "health": _plain(wish.get("HealthCmd", [""])[-1]),
        "mounts": [_plain(one) for one in wish.get("Mount", [])],
        "secrets": [_plain(one) for one in wish.get("Secret", [])],
        "label_files": _label_files(_words(wish.get("PodmanArgs", []))),
        "remove": True,
        "pull": wish.get("Pull", ["missing"])[-1],
    }


def _label_files(words: list[str]) -> list[str]:
    """The `--label-file=PATH` among options for podman; the model takes no others."""
    return [word.partition("=")[2] for word in words if word.startswith("--label-file=")]
