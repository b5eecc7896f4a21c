#!/bin/sh
# unpack.sh MIRROR SUITE ROOT PACKAGE[=VERSION]...: these packages and what they need, of that Debian suite, into ROOT.
# They are checked by apt and unpacked, their scripts are not run: none of these needs it, and so any Debian can do it.
set -eu
mirror=$1 suite=$2 root=$3
shift 3
work=$(mktemp -d)
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# `base`: the archive that this Debian is itself installed from, as either kind of sources file names it.
if [ "$mirror" = base ]; then
    mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
        awk '$1 == "URIs:" { print $2 }
            $1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /^https?:/) { print $i; next } }' |
        grep -v security | head -n 1)
fi

die() { printf 'llama: %s\n' "$*" >&2; exit 1; }

apt() {
    apt_verb=$1
    shift
    "apt-$apt_verb" -o "Dir::State=$work/state" -o "Dir::State::status=$work/status" -o "Dir::Cache=$work/cache" \
        -o "Dir::Etc::sourcelist=$work/sources.list" -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=root "$@"
}

there() { # PACKAGE VERSION
    found=$(apt cache madison "$1" | awk '{ print $3 }' | tr '\n' ' ')
    case " $found " in
    *" $2 "*) ;;
    *) die "$suite has no $1 $2 but: ${found:-none}. Set LLAMA_VERSION and GGML_VERSION to what it has, or MIRROR to a" \
        "snapshot of Debian that still has these (http://snapshot.debian.org/archive/debian/20261120T000000Z)" ;;
    esac
}

mkdir -p "$work/state/lists/partial" "$work/cache/archives/partial"
: > "$work/status"
# A snapshot of the archive is out of date by intent.
printf 'deb [signed-by=%s check-valid-until=no] %s %s main\n' "$keyring" "$mirror" "$suite" > "$work/sources.list"
apt get update || die "cannot read $suite at $mirror; set MIRROR to a Debian archive this machine reaches"
for package in "$@"; do
    case $package in
    *=*) there "${package%%=*}" "${package#*=}" ;;
    esac
done
apt get install -y --no-install-recommends --download-only "$@"

for folder in bin sbin lib lib64; do
    mkdir -p "$root/usr/$folder"
    [ -e "$root/$folder" ] || ln -s "usr/$folder" "$root/$folder"
done
mkdir -p "$root/tmp" "$root/var/lib/dpkg/status.d"
chmod 1777 "$root/tmp"
for archive in "$work"/cache/archives/*.deb; do
    name=$(dpkg-deb -f "$archive" Package)
    # Kept where scanners look for what is in an image without dpkg.
    dpkg-deb -f "$archive" > "$root/var/lib/dpkg/status.d/$name"
    dpkg-deb --fsys-tarfile "$archive" | tar -x -C "$root" --keep-directory-symlink
done
rm -rf "$work" "$root/usr/share/man" "$root/usr/share/locale" "$root/usr/share/info"
