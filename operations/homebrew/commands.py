"""The brew commands there are. The prefix is written out: a non-login ssh session has no brew on its PATH."""

from carbon_fleet.plan import Command

ENVIRONMENT = {"NONINTERACTIVE": "1", "HOMEBREW_NO_AUTO_UPDATE": "1", "HOMEBREW_NO_INSTALL_UPGRADE": "1"}
"""No question, no update in the middle of a run, and an install that upgrades nothing it was not asked for."""
QUICK, CLONE, INSTALL = 120, 600, 1800
"""Deadlines in seconds: of what touches links and lists, of what clones or fetches lists, of downloads and builds."""


class Brew:
    """Commands of the Homebrew at `prefix`."""

    def __init__(self, prefix: str) -> None:
        self.program = f"{prefix}/bin/brew"

    def __call__(self, *words: str, deadline: int = QUICK) -> Command:
        """Any brew command, as the login user."""
        says = f"brew {words[0]} {' '.join(word for word in words[1:] if not word.startswith('-'))}"
        return Command((self.program, *words), deadline=deadline, env=ENVIRONMENT, says=says.rstrip())

    def tap(self, tap: str) -> Command:
        """Clone a tap."""
        return self("tap", tap, deadline=CLONE)

    def update(self) -> Command:
        """Fetch what is on offer now, for all taps."""
        return self("update", "--quiet", deadline=CLONE)

    def install(self, *names: str) -> Command:
        """Install formulae, all in one."""
        return self("install", "--formula", *names, deadline=INSTALL)

    def install_casks(self, *names: str) -> Command:
        """Install casks, all in one."""
        return self("install", "--cask", *names, deadline=INSTALL)

    def upgrade(self, name: str) -> Command:
        """Upgrade one formula to what is on offer."""
        return self("upgrade", "--formula", name, deadline=INSTALL)

    def uninstall(self, name: str) -> Command:
        """Take away every keg, pin and link of a formula; what depends on it stays, to find the right one next."""
        return self("uninstall", "--formula", "--force", "--ignore-dependencies", name)
