"""Mistakes of a Mac's environments: no lock, one that pins nothing, a proof that could not run."""

from collections.abc import Iterator

from carbon_fleet.spec import Mac, Problem
from operations.environment import locks
from operations.environment.ready import names, ready
from operations.environment.wish import Environment, Environments

NEEDS = {
    "mps": ("torch", "numpy"),
    "mlx": ("mlx", "numpy"),
    "tensorflow": ("tensorflow", "tensorflow-metal", "numpy"),
    "numpy": ("numpy",),
}
"""What a lock has to hold for a proof."""
SHOWN = 3


def check(wanted: Environments, mac: Mac) -> Iterator[Problem]:
    """What is wrong with each."""
    for name, one in wanted.wished.items():
        yield from _of(name, one, mac)
        if one.index and one.index.password:
            yield from _made_up(("environments", name, "index", "password"), one.index.password, mac)


def _made_up(path: tuple[str | int, ...], name: str, mac: Mac) -> Iterator[Problem]:
    from operations.secret.wish import Secrets  # secrets stand on what uses them, at import time

    wish = mac.sections.get("secrets")
    if isinstance(wish, Secrets) and wish.of(name).source == "generate":
        why = "that is another on each Mac, and an index knows one"
        write = f"write `secrets: {{{name}: {{source: env, name: LAB_INDEX_PASSWORD}}}}`"
        yield Problem(path, f"the password of the index, `{name}`, is a generated one", why, write)


def _of(name: str, one: Environment, mac: Mac) -> Iterator[Problem]:
    path = ("environments", name)
    if one.lock is None:
        there = ", ".join(f"`{each}`" for each in names())
        why = f"nothing says what is in it; ready-made are {there}"
        made = locks.command(f"envs/{name}.txt", "3.12")
        yield Problem(path, f"the environment `{name}` has no lock", why, f"make one (`{made}`), and write `lock:`")
    elif one.python is None:
        yield Problem(path, f"the environment `{name}` has no Python", "a lock is for one", 'write `python: "3.12"`')
    elif one.lock.ready and _minor(one.python) != _minor(ready(name).python):
        what = f"the lock of the ready-made `{name}` is for Python {ready(name).python}"
        write = "leave `python` out, or write a `lock:` of your own"
        yield Problem((*path, "python"), what, "it has no wheels for another", write)
    else:
        yield from _lock(path, one, one.lock.path, one.lock.content, one.python)
    if one.prove == "numpy" and not mac.accept_software_gpu:
        what = "`numpy` computes on the CPU: there is nothing to prove"
        why = "only a lab that accepts software (a simulated one) has a use for it"
        yield Problem((*path, "prove"), what, why, "write `mps`, `mlx` or `tensorflow`, or leave it out")


def _minor(python: str) -> list[str]:
    return python.split(".")[:2]


def _lock(path: tuple[str | int, ...], one: Environment, file: str, text: str, python: str) -> Iterator[Problem]:
    here, made = (*path, "lock"), locks.command(file, python)
    if not text:
        why = "it has to be text of at most 4 MiB, beside the lab file"
        yield Problem(here, f"the lock `{file}` cannot be read", why, f"make it: `{made}`")
        return
    locked = locks.read(text, python)
    if locked.wrong:
        more = f", and {len(locked.wrong) - SHOWN} lines more" if len(locked.wrong) > SHOWN else ""
        why = "what is not pinned and hashed can be another thing tomorrow"
        yield Problem(here, f"{file}: {'; '.join(locked.wrong[:SHOWN])}{more}", why, f"make it anew: `{made}`")
        return
    lacking = [name for name in NEEDS.get(one.prove or "none", ()) if name not in locked.packages]
    if lacking:
        what = f"`{one.prove}` cannot be proven: {file} has no {' and no '.join(lacking)}"
        write = f"add it to the lock's input and make it anew (`{made}`), or write `prove: none`"
        yield Problem(here, what, "the job computes with it", write)
