"""The floor: connect with asyncssh and run the probe once on every Mac, all at the same time; nothing is parsed."""

import asyncio
import sys
from pathlib import Path

import asyncssh

from benchmarks.targets_file import Target, read


async def _one(target: Target) -> int:
    async with asyncssh.connect(
        target.host,
        target.port,
        username=target.user,
        client_keys=[target.key],
        known_hosts=target.known_hosts,
        config=None,
        agent_path=None,
    ) as connection:
        ran = await connection.run("/bin/sh -s", input=target.script)
        return str(ran.stdout).count("%done")


async def _all(targets: list[Target]) -> int:
    return sum(await asyncio.gather(*(_one(target) for target in targets)))


if __name__ == "__main__":
    macs = read(Path(sys.argv[1]))
    sys.exit(0 if asyncio.run(_all(macs)) == len(macs) else 1)
