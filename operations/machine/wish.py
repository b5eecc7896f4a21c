"""What a lab file may say of the Podman machine."""

from collections.abc import Iterator
from typing import Annotated

from pydantic import AfterValidator, Field, PrivateAttr

from carbon_fleet.spec import Duration, Mac, Name, Problem, Size, Text, Wish, mistake
from operations import runtimes

MEMORY_MOST = Size.parse("61440MiB")
"""krunkit refuses more: its GPU window lies above (krunkit 0.1.4 and later, `src/context.rs`)."""
RESERVED = ("applehv", "hyperv", "libkrun", "qemu", "wsl")
"""Names podman keeps for its providers."""
_TOP = ("bin", "boot", "dev", "etc", "home", "proc", "root", "run", "sbin", "sys", "tmp", "usr", "var")
REFUSED_TARGETS = frozenset(("/", *(f"/{name}" for name in _TOP)))
"""Places in the VM that podman refuses to mount over (podman-machine-init(1), `--volume`)."""


def _name(value: str) -> str:
    if value in RESERVED:
        raise mistake("`{text}` is the name of a provider", "podman keeps it for itself", "write another, as `carbon`")
    return value


def _memory(value: Size) -> Size:
    if value > MEMORY_MOST:
        raise mistake("`{text}` is more than krunkit gives a machine", "61440MiB is its limit", "write `60GiB` or less")
    if value < Size.parse("1GiB"):
        raise mistake("`{text}` is too little to boot a machine", write="write `2GiB` or more")
    return _whole(value, "MiB", "8GiB")


def _swap(value: Size) -> Size:
    return _whole(value, "MiB", "2GiB")


def _disk(value: Size) -> Size:
    if value < Size.parse("10GiB"):
        raise mistake("`{text}` is too small for the machine's own system", write="write `20GiB` or more")
    return _whole(value, "GiB", "100GiB")


def _whole(value: Size, unit: str, example: str) -> Size:
    if value % Size.units[unit]:
        raise mistake(
            f"`{{text}}` is not a whole number of {unit}", f"podman counts it in {unit}", f"write `{example}`"
        )
    return value


def _volume(value: str) -> str:
    words = value.split(":")
    if len(words) not in (2, 3) or not all(word.startswith("/") for word in words[:2]):
        raise mistake("`{text}` is not a volume", "it is `/on/the/mac:/in/the/machine`", "write `/Users:/Users`")
    if words[2:] not in ([], ["ro"], ["rw"]):
        raise mistake("`{text}` has an option that is neither `ro` nor `rw`", write=f"write `{':'.join(words[:2])}:ro`")
    target = "/" + words[1].strip("/")
    if target in REFUSED_TARGETS:
        raise mistake(f"`{target}` cannot be mounted over", "podman refuses it", f"write `{words[0]}:/mnt{words[0]}`")
    return value


Volume = Annotated[Text, AfterValidator(_volume)]
"""A folder of the Mac seen in the VM: `/on/the/mac:/in/the/machine`, with `:ro` when it may not be written there."""


class Machine(Wish):
    """What `machine:` in a lab file may say: the virtual machine that runs the containers."""

    name: Annotated[Name, AfterValidator(_name)] = "carbon"
    """The machine's name for podman; its connections are NAME and NAME-root."""
    cpus: int = Field(default=4, ge=1, le=64)
    """Virtual CPUs. Changed by stopping the machine."""
    memory: Annotated[Size, AfterValidator(_memory)] = Size.parse("8GiB")
    """Memory, at most 61440MiB. Every GiB here is one less for the GPU's window once it passes the half."""
    disk: Annotated[Size, AfterValidator(_disk)] = Size.parse("100GiB")
    """The virtual disk. It can grow; a smaller one needs a new machine."""
    rootful: bool = True
    """Whether the machine's default connection is root's."""
    volumes: tuple[Volume, ...] = ("/Users:/Users", "/private:/private", "/var/folders:/var/folders")
    """Folders of the Mac seen in the machine. Another list needs a new machine. Being said, it keeps podman 6 from
    laying the user's ~/.config/containers over the machine's /etc/containers."""
    swap: Annotated[Size, AfterValidator(_swap)] | None = None
    """Compressed swap in memory (zram; podman 5.6 and later). Another size needs a new machine."""
    image: Text | None = None
    """The machine's system: an image as `podman machine init --image` takes it. Left out, podman's own. Used when a
    machine is made; podman keeps no record that could be compared later."""
    start_timeout: Duration = Duration.parse("5m")
    """How long the machine may take from start to an answering ssh."""
    keep_replaced: Duration = Duration.parse("7d")
    """How long the disk of a machine that was replaced is kept on the Mac, so that it can be put back."""
    stop_timeout: Duration = Duration.parse("150s")
    """How long the machine may take to shut down: podman itself waits 90 s before it pulls the plug."""
    _provider: str = PrivateAttr("libkrun")

    @property
    def provider(self) -> str:
        """The podman provider that makes it, as its Mac's `runtime` says: `libkrun` or `applehv`."""
        return self._provider

    def on(self, mac: Mac) -> "Machine":
        """The wish with the provider of this Mac's runtime."""
        placed = self.model_copy()
        placed._provider = runtimes.provider(mac)
        return placed


def check(wanted: Machine, mac: Mac) -> Iterator[Problem]:
    """Mistakes one field alone cannot show."""
    if wanted.stop_timeout.seconds < 120:
        yield Problem(
            ("machine", "stop_timeout"),
            f"{wanted.stop_timeout} is too short",
            "podman waits 90 s for the machine before it pulls the plug, and a plug pulled in between loses data",
            "write `120s` or more",
        )
    targets = [volume.split(":")[1].rstrip("/") for volume in wanted.volumes]
    for place, target in enumerate(targets):
        if target in targets[:place]:
            yield Problem(("machine", "volumes", place), f"`{target}` is mounted twice", write="leave one of them out")
