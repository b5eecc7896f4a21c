"""A Unix socket that answers one JSON object a line."""

import asyncio
import json
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from carbon_fleet.sim.state import SimError

Handler = Callable[[dict[str, Any], asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def serve(path: Path, handler: Handler) -> asyncio.AbstractServer:
    """Listen on a Unix socket; each line is one JSON request; a handler's exception is answered, never fatal."""

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                await handler(json.loads(line), reader, writer)
                await writer.drain()
        except ConnectionError:
            pass
        except Exception as error:
            answer(writer, error=f"{error}")
            print(f"{path}: {error!r}", file=sys.stderr, flush=True)  # noqa: T201 - this process's log is its stderr
        finally:
            writer.close()

    path.unlink(missing_ok=True)
    return await asyncio.start_unix_server(connection, str(path))


def answer(writer: asyncio.StreamWriter, **values: object) -> None:
    """Send one JSON line."""
    if not writer.is_closing():
        writer.write(json.dumps(values).encode() + b"\n")


def ask(path: Path, request: dict[str, Any], seconds: float = 60) -> dict[str, Any]:
    """Send one request and return the answer. Raises SimError when nobody listens or the answer is an error."""
    directory = os.open(path.parent, os.O_PATH)  # a long path does not fit a socket address: go by the descriptor
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            connection.connect(f"/proc/self/fd/{directory}/{path.name}")
            connection.sendall(json.dumps(request).encode() + b"\n")
            line = connection.makefile("rb").readline()
    except OSError as error:
        raise SimError(f"the lab's supervisor does not answer on {path}: {error}") from None
    finally:
        os.close(directory)
    said: dict[str, Any] = json.loads(line or b'{"error": "the supervisor closed the connection"}')
    if "error" in said:
        raise SimError(str(said["error"]))
    return said
