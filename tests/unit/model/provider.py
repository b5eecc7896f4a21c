"""A model of the login user's drop-in: what writing it leaves, read from the command alone."""

import base64
from dataclasses import replace

from hypothesis import strategies as st

from carbon_fleet import assets
from carbon_fleet.plan import Change
from carbon_fleet.snapshot.files import FileSeen
from operations.provider import Provider, ProviderSeen

PATHS = ["~/.config/containers/containers.conf.d/50-carbon-fleet.conf", "/etc/containers/containers.conf.d/x y.conf"]


def strategy_wanted() -> st.SearchStrategy[Provider]:
    """Any wish."""
    return st.builds(lambda path: Provider.model_validate({"drop_in": path}), st.sampled_from(PATHS))


def strategy_seen() -> st.SearchStrategy[ProviderSeen]:
    """Any drop-in that is absent or a regular file, and any variables."""
    contents = st.binary(max_size=40) | st.just(b'[machine]\nprovider = "applehv"\n')
    regular = st.builds(
        FileSeen,
        st.just("p"),
        st.just("regular"),
        st.sampled_from(["0644", "0600"]),
        st.just("lab"),
        st.just("staff"),
        contents,
    )
    names = st.sampled_from(["CONTAINERS_MACHINE_PROVIDER", "CONTAINERS_CONF", "CONTAINERS_CONF_OVERRIDE"])
    variables = st.dictionaries(names, st.sampled_from(["", "libkrun", " LibKrun ", "applehv"]))
    return st.builds(ProviderSeen, st.just(FileSeen("p")) | regular, variables)


def apply(seen: ProviderSeen, change: Change) -> ProviderSeen:
    """The provider section after a Change's commands."""
    for command in change.commands:
        *start, path, mode, owner, length = command.argv
        assert start == ["/bin/sh", "-c", assets.text("write-file.sh"), "sh"]
        assert path in PATHS
        content = base64.b64decode(command.stdin or "")
        assert len(content) == int(length)
        seen = replace(seen, drop_in=FileSeen(path, "regular", mode, owner or "lab", "staff", content))
    return seen
