"""One Mac being looked at: its connection, the way into its virtual machine, and how many commands that took."""

from pathlib import Path

from carbon_fleet.spec import Lab, Mac
from carbon_fleet.verify.connection import Connection, HereConnection, Ran, SSHConnection
from carbon_fleet.verify.hop import Here, Hop, Way
from carbon_fleet.verify.lines import container_command, mac_line
from carbon_fleet.verify.trouble import Closed, NoAnswer
from operations.homebrew import Homebrew
from operations.machine import Machine

SSH_FAILED = 255


class Look:
    """Runs commands on a Mac, in its virtual machine and in its containers. `execs` counts remote executions."""

    def __init__(self, lab: Lab, mac: Mac, directory: Path) -> None:
        """Connect; `directory` is private, short and the caller's to remove. Raises `Closed`."""
        self.mac, self.execs = mac, 0
        self._prefix = str(mac.section("homebrew", Homebrew).prefix)
        self._hop: Way | Closed | None = None
        self._connection: Connection = HereConnection() if mac.local else SSHConnection(lab, mac, directory)

    def on_mac(self, command: str, seconds: int) -> Ran:
        """Run POSIX sh on the Mac as the login user. Raises `NoAnswer` after `seconds`, `Closed` when the way broke."""
        return _told(self._run(command, seconds), command, seconds)

    def in_guest(self, command: str, seconds: int) -> Ran:
        """Run POSIX sh in the virtual machine as root. Raises as `on_mac`; `Closed` too when it cannot be entered."""
        outer = self.hop().command(command, seconds)
        ran = _told(self._run(outer, seconds + 5), command, seconds)
        if ran.status == SSH_FAILED and not self.mac.linux:
            said = ran.err.decode(errors="replace").strip() or "ssh said nothing"
            raise NoAnswer(f"the way into the virtual machine broke before `{command}`: {said}")
        return ran

    def in_container(self, command: str, seconds: int, name: str) -> Ran:
        """Run POSIX sh in a container of the virtual machine. Raises as `in_guest`."""
        return self.in_guest(container_command(command, name), seconds)

    def _run(self, command: str, seconds: int) -> Ran:
        self.execs += 1
        return self._connection.run(mac_line(command, seconds, self._prefix), seconds)

    def hop(self) -> Way:
        """The way to where containers run, opened once; that it cannot be opened is remembered, too."""
        if self._hop is None:
            self.execs += 2
            try:
                self._hop = self._opened()
            except Closed as closed:
                self._hop = closed
        if isinstance(self._hop, Closed):
            raise self._hop
        return self._hop

    def _opened(self) -> Way:
        if self.mac.linux:
            return Here(self._connection, self._prefix)
        return Hop(self._connection, self.mac.section("machine", Machine).name, self._prefix)

    def close(self) -> None:
        """End all that was opened, the Mac's side first."""
        if self._hop is not None and not isinstance(self._hop, Closed):
            self._hop.close()
        self._connection.close()


def _told(ran: Ran, command: str, seconds: int) -> Ran:
    if ran.status == 124:
        raise NoAnswer(f"no answer within {seconds} s from `{command}`")
    return ran
