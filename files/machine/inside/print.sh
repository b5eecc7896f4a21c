# A sha256 over a volume's files: every path, kind, mode, owner, link and content.   PLACE
cd "$1" || exit
export LC_ALL=C
{
    find . -mindepth 1 -printf '%P\t%y\t%m\t%U:%G\t%l\n' | sort
    find . -type f -print0 | sort -z | xargs -0 -r sha256sum
} | sha256sum | cut -c 1-64
