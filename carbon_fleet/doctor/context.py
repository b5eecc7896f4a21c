"""In which session this runs: what sshd, launchd, sudo and tmux leave out, and whom that will hit."""

from collections.abc import Iterator

from carbon_fleet.doctor.check import DOCS, ISSUES, Check, Known
from carbon_fleet.doctor.patient import Patient, numbers

LOCAL_NETWORK = (15,)
"""The macOS whose Local Network Privacy first keeps what launchd starts from the local network."""
TERMINALS = ("Terminal", "iTerm2", "ghostty", "kitty", "alacritty", "wezterm-gui", "login")


def launched_by(patient: Patient) -> str:
    """`ssh`, `tmux`, `terminal`, `launchd agent`, `launchd daemon` or `unknown`: who started this session."""
    above = patient.doctor.ancestors
    if any(name.startswith("tmux") for name in above) or "TMUX" in patient.doctor.env:
        return "tmux"
    if any(name.startswith("sshd") for name in above):
        return "ssh"
    if any(name in TERMINALS for name in above):
        return "terminal"
    if "launchd" in above:
        return "launchd daemon" if patient.doctor.manager == "System" else "launchd agent"
    return "unknown"


def told(patient: Patient) -> dict[str, str]:
    """The launch context, for the Report: nothing in it is judged."""
    env = patient.doctor.env
    found = {
        "launched by": launched_by(patient),
        "PATH": env.get("PATH", ""),
        "TMPDIR": env.get("TMPDIR", "not set"),
        "XDG_CONFIG_HOME": env.get("XDG_CONFIG_HOME", "not set"),
        "launchctl managername": patient.doctor.manager or "unknown",
        "console": patient.doctor.console or "unknown",
    }
    return {key: value for key, value in found.items() if value}


def _local_network(patient: Patient) -> Iterator[str]:
    by = launched_by(patient)
    if by == "launchd agent" and numbers(patient.preflight.macos) >= LOCAL_NETWORK and patient.preflight.uid != 0:
        yield f"this session is a {by}'s, on macOS {patient.preflight.macos}"


def _keychain(patient: Patient) -> Iterator[str]:
    said = patient.doctor.keychain
    if patient.doctor.keychain_login and said is not None and said.status != 0:
        yield f"{patient.doctor.keychain_login} keeps logins in the keychain, which is locked here: {said.last}"


def _console(patient: Patient) -> Iterator[str]:
    if patient.doctor.console == "root":
        yield "nobody is logged in at this Mac's screen"


def _xdg(patient: Patient) -> Iterator[str]:
    for name, usual in (("XDG_CONFIG_HOME", ".config"), ("XDG_DATA_HOME", ".local/share")):
        value = patient.doctor.env.get(name)
        if value and value.rstrip("/") != f"{patient.preflight.home}/{usual}":
            yield f"this session has {name}={value}"


def _tmpdir(patient: Patient) -> Iterator[str]:
    here, own = patient.doctor.env.get("TMPDIR", "").rstrip("/"), patient.doctor.temp.rstrip("/")
    if here and own and here.removeprefix("/private") != own.removeprefix("/private"):
        yield f"this session has TMPDIR={here}; the user's own is {own}"


def _sudo(patient: Patient) -> Iterator[str]:
    said = patient.doctor.sudo
    if said is not None and said.status != 0:
        yield f"`sudo -n /usr/bin/pmset -g` ended with status {said.status}: {said.last}"


def _path(patient: Patient) -> Iterator[str]:
    words = patient.doctor.env.get("PATH", "").split(":")
    if launched_by(patient) in ("terminal", "tmux") and f"{patient.brew.prefix}/bin" not in words:
        yield f"PATH of this {launched_by(patient)} has no {patient.brew.prefix}/bin"


CHECKS = (
    Check(
        code="LOCAL_NETWORK_BLOCKED",
        about="macOS will keep this session from the local network",
        cause="from macOS 15 on, what launchd starts has to be allowed by a person: until then EHOSTUNREACH, silently",
        remedy="run it over ssh or as a LaunchDaemon of root; or allow it: System Settings, Privacy & "
        "Security, Local Network",
        look=_local_network,
        row="launch context",
        link="https://developer.apple.com/documentation/technotes/tn3179",
        note=True,
    ),
    Check(
        code="KEYCHAIN_LOCKED",
        about="logins of registries lie in a keychain that is locked in this session",
        cause="over ssh the login keychain is locked, and nobody can be asked to unlock it: pulls fail",
        remedy="log in without the keychain (take credsStore out, podman login again), or: security unlock-keychain",
        look=_keychain,
        row="launch context",
        note=True,
    ),
    Check(
        code="NO_GUI_SESSION",
        about="nobody is logged in at the Mac's screen",
        cause="LaunchAgents of a user run only while that user is logged in there: nothing starts the machine at boot",
        remedy="log the lab user in automatically (System Settings, Users & Groups), or start the machine over ssh",
        look=_console,
        row="launch context",
        link=f"{ISSUES}28044",
        note=True,
    ),
    Check(
        code="XDG_ELSEWHERE",
        about="this session keeps podman's and Homebrew's files elsewhere",
        cause="machines, connections and trust that other sessions made are not seen in this one",
        remedy="take the variable out of the login user's shell files (and of sshd's SetEnv)",
        look=_xdg,
        row="launch context",
        link=f"{DOCS}Tap-Trust.md",
        note=True,
    ),
    Check(
        code="TMPDIR_ELSEWHERE",
        about="this session has another TMPDIR than the user's own",
        cause="podman keeps sockets and notes of a running machine there: a machine started elsewhere cannot "
        "be stopped here",
        remedy='carbon-fleet sets it itself; by hand: export TMPDIR="$(getconf DARWIN_USER_TEMP_DIR)"',
        look=_tmpdir,
        row="launch context",
        link=f"{ISSUES}25714",
        note=True,
    ),
    Check(
        code="SUDO_ASKS",
        about="sudo asks for a password for what the lab file wishes",
        cause="the power settings need root, and over ssh nobody can type a password",
        remedy="one line for sudoers (sudo visudo -f /etc/sudoers.d/carbon-fleet): USER ALL=(root) NOPASSWD: "
        "/usr/bin/pmset",
        look=_sudo,
        row="launch context",
    ),
    Check(
        code="PATH_WITHOUT_HOMEBREW",
        about="a person's shell does not find Homebrew",
        cause="its shell files do not evaluate `brew shellenv`: podman typed by hand is not found, or another one is",
        remedy='add to ~/.zprofile: eval "$({prefix}/bin/brew shellenv)"',
        look=_path,
        row="launch context",
        link="https://docs.brew.sh/Manpage#shellenv-shell-",
        note=True,
    ),
)
KNOWN = (Known("RUNS_AS_ROOT", "launch context"), Known("OTHER_USER", "launch context"))
