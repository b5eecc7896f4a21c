"""What lets everybody in who can reach it, however it was smuggled in: never on the network.

The words are those of the programs themselves: code-server `--auth`, Jupyter Server's `ServerApp.token` (formerly
NotebookApp's), `IdentityProvider.token` and `ServerApp.allow_unauthenticated_access`, Redis `protected-mode` and
`requirepass`, PostgreSQL's image `POSTGRES_HOST_AUTH_METHOD`, MySQL `--skip-grant-tables`, `*ALLOW_EMPTY*PASSWORD` of
the MySQL, MariaDB and Bitnami images, MongoDB `--noauth`, TigerVNC `-SecurityTypes`.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from operations.stack.container import Container

_NOTHING = r"""(?:=(?:''|""|(?=\s|$))|\s+(?:''|""|$)|$)"""


class Hole(NamedTuple):
    """A way in without a password: the key it stands at, the words it was found in, and why they are one."""

    key: str
    found: str
    why: str


_COMMANDS: tuple[tuple[str, str], ...] = (
    (r"--auth[= ]['\"]?none\b", "code-server then lets everybody into a terminal"),
    (r"--(ServerApp|NotebookApp|LabApp|IdentityProvider)\.token" + _NOTHING, "Jupyter then asks for no token"),
    (r"--(ServerApp|NotebookApp)\.allow_unauthenticated_access[= ]True\b", "Jupyter then lets everybody in"),
    (r"--protected-mode[= ]['\"]?no\b", "Redis then answers everybody"),
    (r"--requirepass" + _NOTHING, "Redis then has no password"),
    (r"--skip-grant-tables\b", "MySQL then asks nobody for a password"),
    (r"--noauth\b", "MongoDB then asks nobody who they are"),
    (r"(?i)-SecurityTypes[= ]['\"]?None\b", "VNC then shows its desktop to everybody"),
)
_VARIABLES: tuple[tuple[str, str, str], ...] = (
    (r"JUPYTER_TOKEN|NOTEBOOK_TOKEN", r"\s*", "Jupyter then asks for no token"),
    (r".*ALLOW_EMPTY_(ROOT_)?PASSWORD", r"(?i)(?!no$|false$|0$).+", "the database then has no password"),
    (r"POSTGRES_HOST_AUTH_METHOD", r"(?i)trust", "PostgreSQL then asks nobody for a password"),
    (r"DISABLE_AUTH|NO_AUTH|DISABLE_AUTHENTICATION", r"(?i)true|yes|1", "it then asks nobody who they are"),
    (r"CODE_SERVER_AUTH", r"(?i)none", "code-server then lets everybody into a terminal"),
)
_REDIS = re.compile(r"docker\.io/(library/redis|valkey/valkey)([:@].*)?")


def holes(container: Container) -> Iterator[Hole]:
    """Every way in without a password that the container's own words open."""
    line = " ".join((*container.entrypoint, *container.command))
    key = "command" if container.command else "entrypoint"
    for pattern, why in _COMMANDS:
        if found := re.search(pattern, line):
            yield Hole(key, found[0].strip(), why)
    for variable, value in container.environment.items():
        for name, bad, why in _VARIABLES:
            if re.fullmatch(name, variable) and re.fullmatch(bad, value) and variable not in container.secrets:
                yield Hole("environment", f"{variable}={value}", why)
    if _REDIS.fullmatch(container.image) and not re.search(r"requirepass|aclfile|\.conf\b", line):
        yield Hole("image", container.image, "Redis has no password unless `--requirepass` sets one")
