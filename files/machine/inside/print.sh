# A sha256 over a volume's files: every path, kind, mode, owner, link and content.   PLACE [OWNERS(yes|no)]
# Without owners also without what goes with them: the setuid, setgid and sticky bits, and the modes of links.
# The empty lost+found of an ext4 is nobody's.
cd "$1" || exit
export LC_ALL=C
less=
[ "${2:-yes}" = yes ] || less='s/^\(.\t\)[0-7]\([0-7][0-7][0-7]\t\)[0-9]*:[0-9]*/\1\2/; s/^l\t[0-7]*/l\t/'
{
    find . -mindepth 1 \( -path ./lost+found -type d -empty -prune \) -o -printf '%y\t%04m\t%U:%G\t%l\t%P\0' |
        sed -z "$less" | sort -z
    find . -type f -print0 | sort -z | xargs -0 -r sha256sum -z
} | sha256sum | cut -c 1-64
