# Make an environment whole, beside the one that is there, then lead its name to it.
# shellcheck disable=SC2034,SC2154  # what lib.sh says, and uses
# NAME SLOT PYTHON SHA256 ROOM(KiB) INDEX|"" USER|"" SECRET|""   its lock is on standard input
set -eu
name=$1 slot=$2 python=$3 sha256=$4 room=$5 index=$6 user=$7 secret=$8
umask 022
need_uv
mkdir -p "$made" "$UV_CACHE_DIR"
work=$(mktemp -d "${TMPDIR:-/tmp}/carbon-uv.XXXXXX")
path=$made/$slot link=$ours/environments/$name whole=
trap 'rm -rf "$work"; [ -n "$whole" ] || rm -rf "$path"' EXIT
trap 'exit 143' HUP INT TERM PIPE
said=$work/said
if [ -L "$link" ] && [ "$(readlink "$link")" = ".made/$slot" ]; then
    whole=yes
    die 75 "somebody else has made $name meanwhile: run again"
fi
cat >"$work/lock"
[ "$(shasum -a 256 <"$work/lock" | cut -d ' ' -f 1)" = "$sha256" ] || die 75 "only a part of the lock arrived: run again"
free=$(df -kP "$made" | awk 'NR == 2 { print $4 }')
[ "$free" -ge "$room" ] ||
    die 84 "$((free / 1024)) MiB are free on this Mac's disk: \`room\` of the environment $name is $((room / 1024)) MiB"
# uv takes a login from a netrc file: so it is in no argument and in no address.
if [ -n "$secret" ]; then
    value=$HOME/.config/carbon-fleet/secrets/$secret
    [ -r "$value" ] || die 86 "the secret $secret is not on this Mac: run carbon-fleet apply again"
    case $(cat "$value") in
    *[[:space:]]*) die 86 "the secret $secret holds a blank, which no netrc file can: set another password at the index" ;;
    esac
    host=${index#*://}
    host=${host%%/*}
    (
        umask 077
        { printf 'machine %s login %s password ' "${host%%:*}" "$user" && cat "$value" && echo; } >"$work/netrc"
    )
    NETRC=$work/netrc
    export NETRC
fi
if [ -n "$index" ]; then
    UV_DEFAULT_INDEX=$index
    export UV_DEFAULT_INDEX
fi

rm -rf "$path"
calls venv --no-project --managed-python --no-python-downloads --python "$python" --prompt "$name" "$path" ||
    die 85 "uv could not begin an environment with Python $python: $(last)"
cp "$work/lock" "$path/carbon-fleet.lock"
if ! calls pip sync --require-hashes --no-build --python "$path/bin/python" "$path/carbon-fleet.lock"; then
    if told 'No space left'; then
        die 84 "the Mac's disk became full while $name was made"
    elif told 'Hash mismatch'; then
        die 82 "$(because 'Hash mismatch'): what the index has is not what the lock names"
    elif told 'status client error (40[137]' '401 Unauthorized' '403 Forbidden'; then
        die 86 "${index:-the index} did not let this Mac in: $(last)"
    elif told 'no wheels with a matching' 'no usable wheels' 'Wheels are required'; then
        die 83 "no wheel for this Mac: $(because Because)"
    elif told 'error sending request' 'Request failed' 'dns error' 'Failed to fetch' 'Failed to download'; then
        die 81 "${index:-the index} cannot be reached from this Mac: $(last)"
    elif told 'there is no version of' 'was not found in the package registry'; then
        die 81 "${index:-the index} lacks what the lock names: $(because Because)"
    fi
    die 1 "uv could not make $name: $(last)"
fi
printf '%s %s\n' "$sha256" "$python" >"$path/carbon-fleet.note.new"
mv -f "$path/carbon-fleet.note.new" "$path/carbon-fleet.note"
# mv would go into the folder that a link leads to.
rm -f "$made/.$name.new"
ln -s ".made/$slot" "$made/.$name.new"
perl -e 'rename $ARGV[0], $ARGV[1] or die "$ARGV[1]: $!\n"' "$made/.$name.new" "$link"
whole=yes
for other in "$made/$name".[ab]; do
    [ "$other" = "$path" ] || rm -rf "$other"
done
