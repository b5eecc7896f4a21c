"""`agent publish`: packs a lab into one signed file that Macs fetch over https by themselves."""

import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from carbon_fleet.pull.pack import MANIFEST, MOST, Bundle, BundleFailed, packed, unpacked
from carbon_fleet.pull.sshsig import SignatureFailed, sign
from carbon_fleet.report.exits import Exit
from carbon_fleet.spec import Lab
from carbon_fleet.verbs.choice import lab_of, usage
from operations.environment.wish import Environments
from operations.stack.secrets import from_elsewhere


def publish(file: Path, key: Path, output: Path, *, more: Sequence[Path] = (), serial: int | None = None) -> int:
    """Write the bundle of the lab in `file` to `output`, and its signature beside it; the exit code."""
    lab = lab_of(file)
    if output.suffix != ".tar":
        raise usage(f"--output {output}: a bundle ends in `.tar`, by which Macs know it from a git repository")
    if not any(mac.local for mac in lab.macs.values()):
        raise usage(f"no Mac of lab `{lab.name}` has `host: local`: none would apply it to itself")
    try:
        number = _number(output, serial)
        bundle = Bundle(lab.name, number, {name: path.read_bytes() for name, path in _files(lab, file, more)})
        content = packed(bundle)
        if len(content) > MOST:
            raise usage(f"it would be larger than {MOST // 2**20} MiB, and no Mac takes that")
        _write(output, content, sign(content, key.expanduser()))
    except OSError as error:
        print(f"{error.filename or output}: {error.strerror or error}; nothing was published", file=sys.stderr)
        return Exit.REFUSED
    except SignatureFailed as error:
        print(f"--key {key} does not sign: {error}; nothing was published", file=sys.stderr)
        return Exit.REFUSED
    for name in sorted(bundle.files):
        print(f"  {name}", file=sys.stderr)
    print(f"bundle {number} of lab `{lab.name}`; put both on the server:", file=sys.stderr)
    print(output, _signature(output), sep="\n")
    return Exit.OK


def _signature(output: Path) -> Path:
    return output.with_name(f"{output.name}.sig")


def _number(output: Path, serial: int | None) -> int:
    """The number said; else the seconds since 1970, or one more than that of the bundle that lies there."""
    before = 0
    if output.exists():
        try:
            before = unpacked(output.read_bytes()).serial
        except BundleFailed as error:
            raise usage(f"--output {output} is there, and {error}: name another file") from error
    if serial is None:
        return max(int(time.time()), before + 1)
    if serial <= before:
        raise usage(f"--serial {serial}: the bundle that lies there has {before}, and Macs take only a higher one")
    return serial


def _files(lab: Lab, file: Path, more: Iterable[Path]) -> list[tuple[str, Path]]:
    """The lab file, its lock, environments' locks, sops files its secrets are in (encrypted), and what else is said."""
    folder = file.absolute().parent
    sops = {one.name or "" for mac in lab.macs.values() for one in from_elsewhere(mac).values() if one.source == "sops"}
    paths = [file.absolute(), *([lab.lock_path.absolute()] if lab.lock_path.exists() else [])]
    paths += [folder / name for name in sorted(sops) if not name.startswith(("/", "~"))]
    paths += [folder / name for name in _locks(lab)]
    paths += [path.absolute() for path in more]
    return list({_inside(path, folder): path for path in paths}.items())


def _locks(lab: Lab) -> list[str]:
    """The locks that environments of the lab file name beside it."""
    wishes = (mac.sections.get("environments") for mac in lab.macs.values())
    environments = [one for wish in wishes if isinstance(wish, Environments) for one in wish.wished.values()]
    return sorted({one.lock.path for one in environments if one.lock is not None and not one.lock.ready})


def _inside(path: Path, folder: Path) -> str:
    try:
        name = path.relative_to(folder).as_posix()
    except ValueError:
        name = ".."
    if name == MANIFEST or ".." in name.split("/"):
        raise usage(f"{path} does not lie beside the lab file, in {folder} or below: a bundle is that folder's")
    return name


def _write(output: Path, content: bytes, signature: bytes) -> None:
    """Both beside their places first: what a server hands out is never half of one."""
    written = []
    for path, text in ((_signature(output), signature), (output, content)):
        beside = path.with_name(f"{path.name}.new")
        beside.write_bytes(text)
        written.append((beside, path))
    for beside, path in written:
        beside.replace(path)
