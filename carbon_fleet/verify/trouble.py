"""Why a look could not be had at all, in words for people; and what ssh's own words mean."""

from carbon_fleet.spec import Mac


class Closed(Exception):
    """A Mac, or its virtual machine, cannot be entered: a stable code, what is wrong, why it matters, what to do."""

    def __init__(self, code: str, what: str, why: str, remedy: str) -> None:
        """Keep the words; the message is `what`."""
        self.code, self.what, self.why, self.remedy = code, what, why, remedy
        super().__init__(what)

    @property
    def of_machine(self) -> bool:
        """Whether only where containers run is closed: what is on the host itself can be looked at all the same."""
        return self.code.startswith("MACHINE_") or self.code == "SUDO_ASKS"


class NoAnswer(AssertionError):
    """A command did not end within its deadline."""


def closed_mac(mac: Mac, said: str) -> Closed:
    """What ssh said when it could not enter `mac`, as a `Closed`: HOST_KEY_CHANGED, HOST_KEY_UNKNOWN or UNREACHABLE."""
    at = mac.host if mac.port == 22 else f"{mac.host} port {mac.port}"
    if "Host key verification failed" in said:
        # ssh shouts about a changed key ("IDENTIFICATION HAS CHANGED") and says of an unknown one that none is known.
        changed = "HAS CHANGED" in said or "No matching host key" in said
        return Closed(
            "HOST_KEY_CHANGED" if changed else "HOST_KEY_UNKNOWN",
            f"the host key of {at} is {'changed' if changed else 'unknown'}",
            "a Mac whose host key is not the pinned one may be another machine: no command was sent",
            f"check the key on the Mac itself (ssh-keyscan {mac.host}), then pin it: host_key: in the lab file, "
            "or known_hosts",
        )
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "ssh said nothing")
    target = f"{mac.user}@{mac.host}" if mac.user else mac.host
    remedy = f"try `ssh -p {mac.port} {target} true`; is Remote Login on, is the Mac awake, is the key allowed?"
    return Closed("UNREACHABLE", last, f"{at} could not be entered", remedy)


def lost(mac: Mac, said: str) -> Closed:
    """The connection broke on the way."""
    last = next((line.strip() for line in reversed(said.splitlines()) if line.strip()), "without a word")
    return Closed(
        "CONNECTION_LOST",
        f"the connection to {mac.name} broke: {last}",
        "what was not looked at by then is unknown",
        "look whether the Mac is asleep, restarting or overloaded, and run again",
    )
