from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from carbon_fleet.spec import (
    AbsolutePath,
    EnvName,
    FileMode,
    Formula,
    HomePath,
    Host,
    HostKey,
    Name,
    Port,
    Tap,
    Text,
    UserName,
)

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0p4nTmBmxGx6FsmxBgXxkNqNwJUGfIrkPTvUgX0m2V"

GOOD: list[tuple[Any, Any]] = [
    (Name, "a"),
    (Name, "mac-01"),
    (Name, "a" * 30),
    (Port, 1),
    (Port, 65535),
    (AbsolutePath, "/etc/hosts"),
    (AbsolutePath, "/"),
    (AbsolutePath, "/a/..b"),
    (HomePath, "~"),
    (HomePath, "~/.ssh/id"),
    (HomePath, "/x"),
    (FileMode, "0644"),
    (FileMode, "1777"),
    (Formula, "podman"),
    (Formula, "libkrun/krun/krunkit"),
    (Formula, "python@3.12"),
    (Formula, "gtk+3"),
    (Tap, "libkrun/krun"),
    (EnvName, "_LANG2"),
    (UserName, "lab.user"),
    (Host, "10.0.0.11"),
    (Host, "mac-02.local"),
    (Host, "fe80::1%en0"),
    (Host, "local"),
    (HostKey, KEY),
    (HostKey, f"{KEY} root@mac"),
    (Text, "one line, ünïcode"),
]

BAD: list[tuple[Any, Any, str]] = [
    (Name, "A", "1 to 30 of a-z"),
    (Name, "a-", "1 to 30"),
    (Name, "a" * 31, "1 to 30"),
    (Name, "a\n", "1 to 30"),
    (Name, "ä", "1 to 30"),
    (Port, 0, "greater"),
    (Port, 65536, "less"),
    (Port, "22", "integer"),
    (Port, True, "integer"),
    (AbsolutePath, "etc/hosts", "write `/etc/hosts`"),
    (AbsolutePath, "~/x", "write `/x`"),
    (AbsolutePath, "/a/../b", "write the whole path"),
    (AbsolutePath, "/a\nb", "control character"),
    (AbsolutePath, "", "write `/x`"),
    (HomePath, "x/y", "write `~/x/y`"),
    (HomePath, "~root/x", "in the home folder"),
    (HomePath, "~/../x", "goes up"),
    (FileMode, 644, '"0644"'),
    (FileMode, 420, '"0420"'),
    (FileMode, 999, '"0644"'),
    (FileMode, True, "string"),
    (FileMode, "644", "four octal digits"),
    (FileMode, "0888", "four octal digits"),
    (Formula, "Podman", "small letters"),
    (Formula, "a/b", "owner/tap/name"),
    (Formula, "-x", "formula"),
    (Tap, "krun", "owner/name"),
    (EnvName, "2X", "no digit first"),
    (UserName, "a b", "login name"),
    (UserName, "-oProxyCommand", "login name"),
    (Host, "lab@10.0.0.1", "without user"),
    (Host, "22:22", "not a host"),
    (Host, "10.0.0.256", "not a host"),
    (Host, "mac:2222", "not a host"),
    (Host, "-oProxyCommand=x", "not a host"),
    (Host, "", "not a host"),
    (HostKey, "AAAA", "public host key"),
    (HostKey, "ssh-ed25519 short", "public host key"),
    (Text, "", "empty"),
    (Text, "a\x1b[0m", "control character"),
    (Text, "a\u2028b", "line break"),
]


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_accepted_as_it_is(kind: Any, value: Any) -> None:
    assert TypeAdapter(kind).validate_python(value, strict=True) == value


@pytest.mark.parametrize(("kind", "value", "part"), BAD)
def test_refused_with_the_rule(kind: Any, value: Any, part: str) -> None:
    with pytest.raises(ValidationError) as raised:
        TypeAdapter(kind).validate_python(value, strict=True)
    assert part in str(raised.value)
