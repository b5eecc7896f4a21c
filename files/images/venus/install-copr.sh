#!/bin/sh
# install-copr.sh OWNER/PROJECT NEVRA: install exactly that driver package from a COPR and lock its version.
# Without the lock Fedora's own, newer, unpatched package wins the next transaction.
set -eu
copr=$1 nevra=$2
command -v dnf > /dev/null || { echo "venus: STRATEGY=copr needs a Fedora or EL base; set BASE to one" >&2; exit 1; }
dnf -y install 'dnf-command(copr)' 'dnf-command(versionlock)' binutils
dnf -y copr enable "$copr"
dnf -y install "$nevra"
dnf -y versionlock add "$nevra"
rpm -q "$nevra"
dnf clean all
