"""The brew commands there are. The prefix is written out: a non-login ssh session has no brew on its PATH."""

from collections.abc import Mapping
from dataclasses import replace

from carbon_fleet.plan import Command, shell
from carbon_fleet.spec import mirror as at

ENVIRONMENT = {"NONINTERACTIVE": "1", "HOMEBREW_NO_AUTO_UPDATE": "1", "HOMEBREW_NO_INSTALL_UPGRADE": "1"}
"""No question, no update in the middle of a run, and an install that upgrades nothing it was not asked for."""
QUICK, CLONE, INSTALL = 120, 600, 1800
"""Deadlines in seconds: of what touches links and lists, of what clones or fetches lists, of downloads and builds."""


def mirrored(mirror: str) -> Mapping[str, str]:
    """The variables by which brew has all it fetches from a mirror, and asks nobody else.

    Of downloads, brew rewrites those of ghcr.io alone (`curl_download_strategy.rb`): `carbon-fleet mirror build` writes
    the formulae of taps so that theirs are, too. A list of formulae that was fetched before may name bottles the mirror
    has not: it is asked for again though nothing else is updated (`api.rb`, `fetch_api_files!`).
    """
    return {
        "HOMEBREW_API_DOMAIN": f"{mirror}{at.API}",
        "HOMEBREW_ARTIFACT_DOMAIN": mirror,
        "HOMEBREW_ARTIFACT_DOMAIN_NO_FALLBACK": "1",
        "HOMEBREW_BREW_GIT_REMOTE": f"{mirror}{at.git(at.BREW)}",
        "HOMEBREW_FORCE_API_AUTO_UPDATE": "1",
        "HOMEBREW_NO_ANALYTICS": "1",
    }


class Brew:
    """Commands of the Homebrew at `prefix`, which has everything from the mirror at `mirror`, where there is one."""

    def __init__(self, prefix: str, mirror: str | None = None, tap_urls: Mapping[str, str] | None = None) -> None:
        self.program, self.mirror = f"{prefix}/bin/brew", mirror
        self._tap_urls = {tap.lower(): url for tap, url in (tap_urls or {}).items()}
        self.env = {**ENVIRONMENT, **(mirrored(mirror) if mirror else {})}

    def __call__(self, *words: str, deadline: int = QUICK) -> Command:
        """Any brew command, as the login user."""
        says = f"brew {words[0]} {' '.join(word for word in words[1:] if not word.startswith('-'))}"
        return Command((self.program, *words), deadline=deadline, env=self.env, says=says.rstrip())

    def tap(self, tap: str) -> Command:
        """Clone a tap."""
        return self("tap", tap, *([remote] if (remote := self.remote(tap)) else []), deadline=CLONE)

    def remote(self, tap: str) -> str | None:
        """The address of a tap: the mirror's, else the lab file's own; None: then it is brew's choice."""
        return f"{self.mirror}{at.git(at.repository(tap))}" if self.mirror else self._tap_urls.get(tap)

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


def at_most(command: Command) -> Command:
    """The command where it is no error that there was nothing to do."""
    return replace(command, argv=shell('# Whether it was there or not\n"$@" >&2 || :', *command.argv))
