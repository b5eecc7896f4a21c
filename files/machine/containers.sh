# Make again, in the machine that is there now, the containers people had in the one that was replaced.   NAME PROVIDER
# shellcheck disable=SC2154 # lib.sh and replaced.sh stand before this
kept=$(cd "$(dirname "$0")" && pwd) || exit 1
at_here
if ! way_in "$json" || ! within 60 inside root :; then
    echo "the machine $name cannot be entered: start it first, then run this again" >&2
    exit 1
fi
again all && exit 0
echo "not all of them run; how each was made is in $kept/containers-root.json and containers-$user.json" >&2
exit 1
