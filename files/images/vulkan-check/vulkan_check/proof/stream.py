"""Run the jobs in a child process and note what it tells, so that a hang or a crash belongs to a job."""

from __future__ import annotations

import json
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping
from typing import IO, Any

from vulkan_check.attempt import ended, group
from vulkan_check.model import Attempt, Through
from vulkan_check.proof.told import Told

LAST_WORDS = 5


class Hung(RuntimeError):
    """The child said nothing for too long; the text says how long that was."""


def stream(
    through: Through, first: int, deadline_s: float, left_s: float, env: Mapping[str, str]
) -> tuple[Attempt, Told]:
    """Run the jobs from number `first` on: `deadline_s` for each, `left_s` for all (seconds). Never raises."""
    command = [sys.executable, "-m", "vulkan_check.proof.work", str(first)]
    told, last_words = Told(), deque[str](maxlen=LAST_WORDS)
    started = time.monotonic()
    with group(command, env) as child:
        assert child.stdout
        assert child.stderr
        listener = threading.Thread(target=last_words.extend, args=(child.stderr,), daemon=True)
        listener.start()
        try:
            for line in _lines(child.stdout, deadline_s, started + left_s):
                told.hear(line)
                if told.outcome:
                    break  # a driver that hangs on its way out has computed all the same
            if told.outcome is None:
                listener.join(timeout=1)
                told.outcome, told.message = "error", ended(child.wait(timeout=deadline_s), "".join(last_words))
        except Hung as error:
            told.outcome, told.message = "timeout", f"{error}"
    return _attempt(through, told, round(time.monotonic() - started, 3)), told


def _attempt(through: Through, told: Told, seconds: float) -> Attempt:
    """The attempt in one line; a job's own wrong numbers are told as `wrong`."""
    wrong = [job for job in told.jobs if job["outcome"] == "wrong"]
    outcome = told.outcome or "error"
    if outcome == "ok" and wrong:
        return Attempt(
            through, "compute", "wrong", seconds, f"{len(wrong)} of {len(told.jobs)} jobs gave wrong numbers"
        )
    verb = {"timeout": "hung", "error": "failed"}.get(outcome)
    return Attempt(
        through, "compute", outcome, seconds, f"{told.where} {verb}: {told.message}" if verb else told.message
    )


def _lines(pipe: IO[str], deadline_s: float, until: float) -> Iterator[dict[str, Any]]:
    """The child's JSON objects as they come; other text is a library's and passed over. Raises Hung."""
    heard: queue.Queue[str | None] = queue.Queue()

    def listen() -> None:
        for text in pipe:
            heard.put(text)
        heard.put(None)

    threading.Thread(target=listen, daemon=True).start()
    while True:
        left = until - time.monotonic()
        try:
            text = heard.get(timeout=max(0.0, min(deadline_s, left)))
        except queue.Empty:
            spent = (
                "the time for the whole proof is over" if left < deadline_s else f"no answer within {deadline_s:g} s"
            )
            raise Hung(spent) from None
        if text is None:
            return
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        if isinstance(line, dict):
            yield line
