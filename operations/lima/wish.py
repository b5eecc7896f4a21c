"""What a lab file may say of Lima and Colima: which of the instances that are there is meant."""

import re
from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator

from carbon_fleet.spec import Mac, Problem, Text, Wish, mistake
from operations import runtimes
from operations.lima.listing import folder_of

_NAME = re.compile(r"[A-Za-z0-9]+(?:[._-][A-Za-z0-9]+)*")


def _name(value: str) -> str:
    if not _NAME.fullmatch(value) or len(value) > 76:
        raise mistake(
            "`{text}` is no name of an instance", "Lima takes letters and digits, with . _ - between", "write `default`"
        )
    return value


class Lima(Wish):
    """What `lima:` in a lab file may say; read where `runtime` is `lima` or `colima`. It is never made or changed."""

    instance: Annotated[Text, AfterValidator(_name)] = "default"
    """Lima's instance, or Colima's profile."""


def check(wanted: Lima, mac: Mac) -> Iterator[Problem]:
    """Stacks that are to run by it: its containers are its owner's."""
    for place, stack in enumerate(runtimes.all_stacks(mac)):
        runtime = runtimes.of_stack(stack, mac)
        if runtime in runtimes.ADOPTED:
            path: tuple[str | int, ...] = ("stacks", place, "runtime") if stack.runtime else ("stacks", place)
            what = f"the stack `{stack.name}` is to run by `{runtime}`, which carbon-fleet only looks at"
            why = "an instance of Lima or Colima is its owner's: it is proven, never changed"
            able = ", ".join(f"`{name}`" for name in runtimes.CARRY)
            yield Problem(
                path, what, why, f"write `runtime:` with one that runs stacks: {able}; or leave the stack out"
            )


def kind(mac: Mac) -> str:
    """`lima` or `colima`, as the Mac's runtime says."""
    return mac.runtime


def folder(wanted: Lima, mac: Mac) -> str:
    """The name of the instance's folder."""
    return folder_of(kind(mac), wanted.instance)
