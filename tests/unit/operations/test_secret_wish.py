"""What `secrets:` takes and what it refuses, in the words a person reads; and passwords that everybody knows."""

import pytest

from carbon_fleet.spec import LabError, SectionSpec, lab_from_text
from operations.secret import RESOURCE
from operations.secret.well_known import known, well_known
from operations.secret.wish import Secret, Secrets
from operations.stack.wish import Container, Stacks

SECTIONS = (SectionSpec(RESOURCE.key, RESOURCE.wanted, RESOURCE.check), SectionSpec("stacks", Stacks))
LAB = "lab: a\ndefaults:\n  secrets:\n    token: {}\nmacs:\n  mac-01:\n    host: local\n    secrets:\n      token: {}\n"


def wish(here: str, below: str = "") -> Secrets:
    text = LAB.replace("    token: {}", f"    {below or 'other: {}'}", 1).replace(
        "      token: {}", f"      token: {here}"
    )
    return lab_from_text(text, SECTIONS).mac("mac-01").section("secrets", Secrets)


@pytest.mark.parametrize(
    ("written", "secret"),
    [
        ("{}", Secret()),
        ("{length: 8}", Secret(length=8)),
        ("{source: env, name: LAB_TOKEN}", Secret(source="env", name="LAB_TOKEN")),
        ("{source: file, name: ~/keys/token}", Secret(source="file", name="~/keys/token")),
        ("{source: keychain, name: lab}", Secret(source="keychain", name="lab")),
        ("{source: keychain, name: lab, key: me}", Secret(source="keychain", name="lab", key="me")),
        ("{source: sops, name: s.yml, key: '[\"a\"]'}", Secret(source="sops", name="s.yml", key='["a"]')),
    ],
)
def test_what_it_takes(written: str, secret: Secret) -> None:
    assert wish(written).of("token") == secret


def test_what_nobody_names_is_made() -> None:
    assert wish("{}").of("another") == Secret(source="generate", length=32)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{source: env}", "`source: env` without `name`, it is the variable, write `name: LAB_PASSWORD`"),
        ("{source: file}", "write `name: /run/keys/password`"),
        ("{source: keychain, key: me}", "`source: keychain` without `name`"),
        ("{source: sops, name: s.yml}", "`source: sops` without `key`"),
        ("{source: sops, key: '[\"a\"]'}", "`source: sops` without `name`"),
        ("{source: env, name: A, key: b}", "`key` says nothing beside `source: env`"),
        ("{source: file, name: /a, length: 8}", "`length` says nothing beside `source: file`"),
        ("{name: A}", "`name` says nothing beside `source: generate`"),
        ("{source: vault}", "known are: `env`, `file`, `generate`, `keychain`, `sops`"),
        ("{value: hunter2}", "`value` is not a key here"),
        ("{length: 7}", "8"),
        ("{length: 129}", "128"),
        ("hunter2", "token"),
    ],
)
def test_what_it_is_not(written: str, says: str) -> None:
    with pytest.raises(LabError) as error:
        wish(written)
    (fault,) = error.value.errors
    assert fault.line == 9
    assert says in str(fault), str(fault)


def test_a_source_that_a_layer_below_said_is_taken_back_by_null() -> None:
    below = "token: {source: env, name: LAB_TOKEN}"
    with pytest.raises(LabError, match="write `name: null`"):
        wish("{source: generate}", below)
    assert wish("{source: generate, name: null}", below).of("token") == Secret()


@pytest.mark.parametrize("value", ["Carbon123#", "xCARBON123#x", "changeme", "Password", "admin", "12345678", "carbon"])
def test_passwords_everybody_knows(value: str) -> None:
    assert known(value)


@pytest.mark.parametrize("value", ["", "carbon-lab-7f3a", "administrators", "correct horse battery staple"])
def test_passwords_of_ones_own(value: str) -> None:
    assert not known(value)


IMAGE = "docker.io/library/nginx:1"


@pytest.mark.parametrize(
    ("container", "path"),
    [
        ({"environment": {"ANY": "a:Carbon123#@b"}}, ("environment", "ANY")),
        ({"environment": {"POSTGRES_PASSWORD": "postgres"}}, ("environment", "POSTGRES_PASSWORD")),
        ({"environment": {"VNC_PASSWD": "carbon"}}, ("environment", "VNC_PASSWD")),
        ({"environment": {"JUPYTER_TOKEN": "test"}}, ("environment", "JUPYTER_TOKEN")),
        ({"environment": {"X": "changeme"}}, ("environment", "X")),
        ({"command": ("serve", "--password=admin")}, ("command", 1)),
        ({"command": ("redis-server", "--requirepass", "carbon")}, ("command", 2)),
        ({"command": ("sh", "-c", "login -p Carbon123# x")}, ("command", 2)),
        ({"entrypoint": ("serve", "--api-key", "secret")}, ("entrypoint", 2)),
        ({"health": {"command": "curl -u carbon:Carbon123# http://x"}}, ("health", "command")),
    ],
)
def test_well_known_passwords_are_refused_where_they_appear(
    container: dict[str, object], path: tuple[object, ...]
) -> None:
    (problem,) = well_known(Container.model_validate({"image": IMAGE, **container}), ())
    assert problem.path == path
    assert "everybody knows" in problem.what
    assert problem.write.startswith("write `secrets: {")


@pytest.mark.parametrize(
    "container",
    [
        {"environment": {"POSTGRES_USER": "carbon", "POSTGRES_DB": "carbon", "MODE": "test", "PASSWORD_FILE": "/a"}},
        {"environment": {"POSTGRES_PASSWORD": "Xy7-long-and-own"}},
        {"command": ("serve", "admin", "--user=admin", "--token-file", "/run/secrets/token")},
    ],
)
def test_words_that_are_no_passwords_pass(container: dict[str, object]) -> None:
    assert list(well_known(Container.model_validate({"image": IMAGE, **container}), ())) == []
