"""Makes the disk of a bare simulated Mac: its user, its directories, Homebrew with nothing installed."""

import hashlib
import time
from pathlib import Path

HOME = "/Users/lab"
TEMP = "/private/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000"
_DIRECTORIES = (
    "Applications",
    "Library/Preferences",
    "Library/LaunchAgents",
    "Library/LaunchDaemons",
    "System/Library",
    "Users/Shared",
    f"{HOME[1:]}/.ssh",
    f"{HOME[1:]}/Library/LaunchAgents",
    f"{HOME[1:]}/Library/Logs",
    f"{HOME[1:]}/Library/Preferences",
    "private/etc/ssh",
    "private/tmp",
    "private/var/root",
    "private/var/log",
    "private/var/run",
    f"{TEMP[1:]}/T",
    f"{TEMP[1:]}/C",
    f"{TEMP[1:]}/0",
    "opt/homebrew/bin",
    "opt/homebrew/sbin",
    "opt/homebrew/etc",
    "opt/homebrew/opt",
    "opt/homebrew/Cellar",
    "opt/homebrew/Caskroom",
    "opt/homebrew/Library/Taps",
    "opt/homebrew/share",
    "opt/homebrew/var/homebrew/linked",
    "opt/homebrew/var/homebrew/pinned",
    "opt/homebrew/var/homebrew/locks",
)
_LINKS = {
    "etc": "private/etc",
    "tmp": "private/tmp",
    "var": "private/var",
    "lib": "usr/lib",
    "lib64": "usr/lib64",
    "opt/homebrew/bin/brew": "/.sim/py/brew",
}
_PASSWD = f"lab:x:501:20:Lab:{HOME}:/bin/sh\nroot:x:0:0:System Administrator:/var/root:/bin/sh\n"
_PASSWD += "nobody:x:65534:65534:Unprivileged:/var/empty:/usr/bin/false\n"
_GROUP = "staff:x:20:lab\nwheel:x:0:\nadmin:x:80:lab\nnobody:x:65534:\n"
_POWER = "sleep 1\ndisplaysleep 10\ndisksleep 10\nwomp 1\nautorestart 0\npowernap 1\ntcpkeepalive 1\n"
FACTS = {
    "ARCH": "arm64",
    "MACOS": "26.1",
    "BUILD": "25B78",
    "DARWIN": "25.1.0",
    "MODEL": "Mac16,10",
    "CHIP": "Apple M4",
    "GPU_CORES": "10",
    "NCPU": "10",
    "MEMSIZE": str(32 * 1024**3),
    "HV_SUPPORT": "1",
    "HV_VMM": "0",
    "DISK_TOTAL_KB": str(500 * 1024**2),
    "DISK_FREE_KB": str(300 * 1024**2),
    "SUDO_ALLOWED": "pmset",
    "BREW_VERSION": "6.0.18",
}
"""What a lab Mac is, unless a fault says otherwise: a Mac mini (M4, 2024) on macOS 26."""


def make_root(root: Path, public_key: str) -> None:
    """Fill `root`, the Mac's /, unless it is there already; `public_key` may log in as lab."""
    if (root / "opt").exists():
        return
    for name in _DIRECTORIES:
        (root / name).mkdir(parents=True, exist_ok=True)
    for name, target in _LINKS.items():
        (root / name).symlink_to(target)
    make_homebrew(root / "opt/homebrew", FACTS["BREW_VERSION"])
    (root / "private/tmp").chmod(0o1777)
    (root / "private/etc/passwd").write_text(_PASSWD)
    (root / "private/etc/group").write_text(_GROUP)
    (root / "private/etc/hosts").write_text("127.0.0.1 localhost\n")
    (root / "private/etc/nsswitch.conf").write_text("passwd: files\ngroup: files\nhosts: files dns\n")
    (root / "Library/Preferences/com.apple.PowerManagement.sim").write_text(_POWER)
    authorized = root / HOME[1:] / ".ssh/authorized_keys"
    authorized.write_text(public_key + "\n")
    authorized.chmod(0o600)
    authorized.parent.chmod(0o700)


def make_homebrew(prefix: Path, version: str) -> None:
    """Homebrew's own clone as far as its version can be read from it without starting it."""
    revision = hashlib.sha1(version.encode(), usedforsecurity=False).hexdigest()
    git = prefix / ".git"
    for folder in (git / "refs/heads", git / "describe-cache", prefix / "Library/Homebrew/cmd"):
        folder.mkdir(parents=True, exist_ok=True)
    (git / "HEAD").write_text("ref: refs/heads/stable\n")
    (git / "refs/heads/stable").write_text(f"{revision}\n")
    (git / "describe-cache" / revision).write_text(f"{version}\n")
    trust = prefix / "Library/Homebrew/cmd/trust.rb"
    if int(version.partition(".")[0]) >= 6:
        trust.write_text("# modelled\n")
    else:
        trust.unlink(missing_ok=True)


def write_facts(path: Path, name: str) -> None:
    """The facts the stand-ins source; `name` is the Mac's host name."""
    facts = {**FACTS, "NAME": name, "BOOTED": str(int(time.time()))}
    path.write_text("".join(f"{key}='{value}'\n" for key, value in facts.items()))
