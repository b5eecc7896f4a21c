"""Makes the directories that become /bin, /sbin, /usr/bin and /usr/sbin of every Mac of a lab."""

import shutil
from pathlib import Path

from carbon_fleet.sim.state import SimError
from carbon_fleet.sim.userland.programs import NO_LONG_OPTIONS, PLACES, SHELL_STANDINS, SHELLS

HOST = Path("/usr/bin")
"""This machine's programs; a Mac sees them under /.host/bin, which is on nobody's PATH."""
_STANDINS = Path(__file__).parent / "bin"
_GUARD = """#!/.host/bin/dash
for a; do
    case $a in
    --) break ;;
    --?*) echo "{name}: illegal option -- -" >&2; exit 64 ;;
    -[!-]*) case ${{a%%[!-A-Za-z0-9]*}} in {letters}) echo "{name}: illegal option: $a" >&2; exit 64 ;; esac ;;
    esac
done
exec /.host/bin/{name} "$@"
"""
_FIND = """#!/.host/bin/dash
case ${1:-} in '' | -[!HLPEXdsxf]*) echo 'usage: find [-H | -L | -P] [-EXdsx] path ... [expression]' >&2; exit 1 ;; esac
for a; do
    case $a in
    --?* | -printf | -fprintf | -executable | -readable | -writable)
        echo "find: $a: unknown primary or operator" >&2
        exit 1
        ;;
    esac
done
exec /.host/bin/find "$@"
"""


def make_userland(directory: Path, shell: str) -> None:
    """Fill `directory` with bin, sbin, usr/bin and usr/sbin; /bin/sh is `shell`. Raises SimError when it is missing."""
    interpreter = HOST / SHELLS[shell]
    if not interpreter.exists():
        raise SimError(f"/bin/sh of the Macs was to be {shell}, which this machine lacks: `apt-get install {shell}`")
    if directory.exists():
        shutil.rmtree(directory)
    for place, names in PLACES.items():
        (directory / place).mkdir(parents=True)
        for name in names.split():
            _place(directory / place / name, f"/.host/bin/{SHELLS[shell]}" if name == "sh" else None)


def _place(path: Path, link: str | None) -> None:
    name = path.name
    if link is not None:
        path.symlink_to(link)
    elif name in SHELL_STANDINS:
        path.symlink_to(f"/.sim/bin/{name}")
    elif not (HOST / name).exists():
        return
    elif name in NO_LONG_OPTIONS:
        path.write_text(_guard(name))
        path.chmod(0o755)
    else:
        path.symlink_to(_behind_alternatives(name))


def _guard(name: str) -> str:
    if name == "find":
        return _FIND
    letters = "|".join(f"*{letter}*" for letter in NO_LONG_OPTIONS[name])
    return _GUARD.format(name=name, letters=letters or "''")


def _behind_alternatives(name: str) -> str:
    real = (HOST / name).resolve()
    return f"/.host/bin/{real.name if real.parent == HOST else name}"
