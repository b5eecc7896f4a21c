"""Secrets: the Mac's copy, nobody else's to read, and podman's copy in the machine, the very same."""

import secrets

import pytest
from testinfra.host import Host

from carbon_fleet.verify.wish import KeptSecret

pytestmark = pytest.mark.remedy("run `carbon-fleet apply {lab} --limit {mac}`")
FOLDER = "$HOME/.config/carbon-fleet/secrets"
LOOK = 'my @st = lstat shift or exit 1; printf "%s %04o %d", -f _ ? "file" : "other", $st[2] & 07777, $st[4] == $>'
SUM = "perl -MDigest::SHA=sha256_hex -e 'local $/; my $text = <STDIN>; print sha256_hex(shift, $text)' %s"


def test_secret_is_the_users_alone(mac: Host, secret: KeptSecret) -> None:
    found = mac.run(f'perl -e %s "{FOLDER}"/%s', LOOK, secret.name)
    assert found.rc == 0, f"the Mac has no secret {secret.name}"
    assert found.stdout == "file 0600 1", f"the secret {secret.name} is not a file of mode 0600 of the login user"


def test_folder_is_the_users_alone(mac: Host, secret: KeptSecret) -> None:
    said = mac.run(f'perl -e %s "{FOLDER}"', 'printf "%04o", (stat shift)[2] & 07777').stdout
    assert said == "0700", f"the folder of the secrets has mode {said}"


def test_secret_is_the_same_in_the_machine(mac: Host, vm: Host, machine_secret: KeptSecret) -> None:
    """Compared by salted sums: the salt is of this look, so that a sum seen by somebody tells nothing later."""
    salt = secrets.token_hex(16)
    there = mac.run(f'{SUM} < "{FOLDER}"/%s', salt, machine_secret.name)
    assert there.rc == 0, f"the Mac has no secret {machine_secret.name} that can be read"
    assert vm.run("podman secret inspect %s", machine_secret.inside).rc == 0, (
        f"podman in the machine has no secret {machine_secret.inside}"
    )
    show = "podman secret inspect --showsecret --format '{{.SecretData}}' %s"
    here = vm.run(f"{{ printf %s {salt}; {show} | head -c -1; }} | sha256sum", "%s", machine_secret.inside)
    assert here.stdout.split()[:1] == [there.stdout], (
        f"the machine's copy of {machine_secret.name} is another than the Mac's"
    )
