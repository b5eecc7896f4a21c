"""A plan of one lab and the same looks is the same, byte for byte, whatever the hash seed and the order of input."""

import os
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.unit.plan.plan_program import plan_of

SEEDS = 100
AT_ONCE = 2


def _printed(seed: int, compiled: Path) -> str:
    command = [sys.executable, "-m", "tests.unit.plan.plan_program", str(seed)]
    # Where no bytecode is kept, most of each process's time would go into compiling the same modules.
    env = {**os.environ, "PYTHONHASHSEED": str(seed), "PYTHONPYCACHEPREFIX": str(compiled)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.run(command, capture_output=True, text=True, env=env, timeout=120, check=True).stdout


def test_a_hundred_hash_seeds_give_one_plan(tmp_path: Path) -> None:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        printed = set(pool.map(partial(_printed, compiled=tmp_path), range(SEEDS)))
    assert len(printed) == 1


def test_input_in_another_order_gives_the_same_plan() -> None:
    texts = {plan_of(random.Random(seed)).text() for seed in range(20)}
    (text,) = texts
    assert text.count('"action": ') > 20
