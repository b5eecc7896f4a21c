"""Secrets: the Mac's copy, nobody else's to read, and podman's copy in the machine, the very same."""

import secrets

import pytest
from testinfra.host import Host

pytestmark = pytest.mark.remedy("run `carbon-fleet apply {lab} --limit {mac}`")
FOLDER = "$HOME/.config/carbon-fleet/secrets"
LOOK = 'my @st = lstat shift or exit 1; printf "%s %04o %d", -f _ ? "file" : "other", $st[2] & 07777, $st[4] == $>'
SUM = "perl -MDigest::SHA=sha256_hex -e 'local $/; my $text = <STDIN>; print sha256_hex(shift, $text)' %s"


def test_secret_is_the_users_alone(mac: Host, secret: str) -> None:
    found = mac.run(f'perl -e %s "{FOLDER}"/%s', LOOK, secret)
    assert found.rc == 0, f"the Mac has no secret {secret}"
    assert found.stdout == "file 0600 1", f"the secret {secret} is not a file of mode 0600 of the login user"


def test_folder_is_the_users_alone(mac: Host, secret: str) -> None:
    said = mac.run(f'perl -e %s "{FOLDER}"', 'printf "%04o", (stat shift)[2] & 07777').stdout
    assert said == "0700", f"the folder of the secrets has mode {said}"


def test_secret_is_the_same_in_the_machine(mac: Host, vm: Host, secret: str) -> None:
    """Compared by salted sums: the salt is of this look, so that a sum seen by somebody tells nothing later."""
    salt = secrets.token_hex(16)
    there = mac.run(f'{SUM} < "{FOLDER}"/%s', salt, secret)
    assert there.rc == 0, f"the Mac has no secret {secret} that can be read"
    name = f"carbon-fleet-{secret}"
    assert vm.run("podman secret inspect %s", name).rc == 0, f"podman in the machine has no secret {name}"
    show = "podman secret inspect --showsecret --format '{{.SecretData}}' %s"
    here = vm.run(f"{{ printf %s {salt}; {show} | head -c -1; }} | sha256sum", "%s", name)
    assert here.stdout.split()[:1] == [there.stdout], f"the machine's copy of {secret} is another than the Mac's"
