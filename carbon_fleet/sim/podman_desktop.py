"""What Podman Desktop does to the user's containers.conf when a machine's provider is chosen in it.

Replayed from its `extensions/podman/packages/extension/src/utils/podman-configuration.ts` at commit 407b8769
(`updateMachineProviderSettings`): it reads the file as TOML and writes five of its tables back, with an `engine` of
its own.
"""

import json
import tomllib
from pathlib import Path
from typing import Any

KEPT = ("containers", "machine", "network", "secrets", "configmaps")
APPLEHV = "applehv"


def rewrite(path: Path, provider: str) -> None:
    """Choose `provider`: only the KEPT tables survive, no comment does, and for applehv the key is taken out."""
    if not path.exists():
        if provider == APPLEHV:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_text({**_empty(), "machine": {"provider": provider}}))
        return
    found = tomllib.loads(path.read_text())
    kept = {name: found[name] for name in KEPT if isinstance(found.get(name), dict)}
    machine = {key: value for key, value in kept.get("machine", {}).items() if key != "provider"}
    if provider != APPLEHV:
        machine["provider"] = provider
    path.write_text(_text({**_empty(), **kept, "machine": machine}))


def _empty() -> dict[str, Any]:
    return {"containers": {}, "engine": {"env": []}, "machine": {}, "network": {}, "secrets": {}, "configmaps": {}}


def _text(document: dict[str, Any], above: str = "") -> str:
    """The document as smol-toml writes it: a table's own values, then the tables in it."""
    values = [f"{key} = {_value(value)}\n" for key, value in document.items() if not isinstance(value, dict)]
    tables = [
        f"[{above}{_key(key)}]\n{_text(value, f'{above}{_key(key)}.')}"
        for key, value in document.items()
        if isinstance(value, dict)
    ]
    return "\n".join(["".join(values), *tables]) if values and tables else "".join(values) or "\n".join(tables)


def _key(key: str) -> str:
    return key if key.replace("-", "").replace("_", "").isalnum() else json.dumps(key)


def _value(value: Any) -> str:
    return f"[ {', '.join(map(_value, value))} ]" if isinstance(value, list) and value else json.dumps(value)
