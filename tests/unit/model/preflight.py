"""Every Mac and wish the preflight may meet. It has no commands, so there is nothing to interpret."""

from hypothesis import strategies as st

from carbon_fleet.plan import Change
from carbon_fleet.spec import Size, VersionBound
from operations.preflight import Preflight, PreflightSeen
from operations.preflight.listeners import Listener

GIB = 2**30


def strategy_wanted() -> st.SearchStrategy[Preflight]:
    """Any wish of `preflight:`."""
    return st.builds(
        Preflight,
        macos=st.sampled_from([VersionBound(">=14"), VersionBound(">=15,<27"), VersionBound("*")]),
        free_disk=st.integers(0, 64).map(lambda gib: Size(gib * GIB)),
        host_memory=st.integers(0, 64).map(lambda gib: Size(gib * GIB)),
    )


def strategy_seen() -> st.SearchStrategy[PreflightSeen]:
    """Any machine, Mac or not."""
    return st.builds(
        PreflightSeen,
        system=st.sampled_from(["Darwin", "Darwin", "Darwin", "Linux", "FreeBSD"]),
        arm64=st.booleans(),
        macos=st.sampled_from(["13.7", "14.0", "15.7.1", "26.1", "27.0"]),
        hypervisor=st.booleans(),
        virtual=st.booleans(),
        memory=st.integers(1, 512).map(lambda gib: gib * GIB),
        cpus=st.integers(1, 32),
        free=st.integers(-1, 2**44),
        allocated=st.integers(0, 2**40),
        uid=st.sampled_from([0, 501, 502]),
        user=st.sampled_from(["root", "lab", "admin"]),
        home=st.just("/Users/lab"),
        listeners=st.lists(_listener(), max_size=4).map(tuple),
        busy=st.frozensets(st.tuples(st.sampled_from(["tcp", "udp"]), st.integers(1, 65535)), max_size=4),
    )


def _listener() -> st.SearchStrategy[Listener]:
    return st.builds(
        Listener,
        kind=st.sampled_from(["tcp", "udp"]),
        address=st.sampled_from(["*", "127.0.0.1", "::1", "10.0.0.11", "fe80::1%lo0", "odd"]),
        port=st.sampled_from([8080, 8081, 5900, 80]),
        pid=st.none() | st.integers(1, 99999),
        name=st.sampled_from(["", "launchd", "node", "a:b c"]),
    )


def apply(seen: PreflightSeen, change: Change) -> PreflightSeen:
    """The preflight never makes a Change."""
    raise AssertionError(f"the preflight wants to change {change.address}")
