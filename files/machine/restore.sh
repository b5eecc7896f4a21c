# Put a machine that was replaced back in its place; the one that is there is set aside in turn.   NAME PROVIDER
# shellcheck disable=SC2034,SC2154 # lib.sh and replaced.sh stand before this
TMPDIR=$(getconf DARWIN_USER_TEMP_DIR 2>/dev/null || printf %s "${TMPDIR:-/tmp}")
run=${TMPDIR%/}/podman
umask 077
export PATH TMPDIR
mine=$(cd "$(dirname "$0")" && pwd) || exit 1
if [ -n "$(phase)" ] && [ "$kept" = "$mine" ]; then
    put_back "as asked"
fi
if [ -n "$(phase)" ]; then
    echo "a replacement of $name goes on, with $kept: end that one first" >&2
    exit 75
fi
at_here
if [ -e "$json" ]; then
    if ! fresh_folder; then
        echo "no folder can be made in $store; nothing was put back" >&2
        exit 1
    fi
    sed "s/^set -- .*/set -- $name $provider/" "$mine/restore" >"$kept/restore" && chmod 700 "$kept/restore" || exit 1
    if ! halt 150 || ! set_aside "$kept"; then
        echo "the machine that is here now could not be set aside; nothing was put back" >&2
        exit 1
    fi
    date +%s >"$kept/done"
    echo "the machine that was here is in $kept" >&2
fi
kept=$mine
rm -f "$kept/was-stopped"
chosen=$(cat "$kept/machine/default" 2>/dev/null)
if ! bring_back "$kept" || ! reconnect "$chosen" || ! revive; then
    echo "the machine $name could not be put back whole: run this again" >&2
    exit 1
fi
discard "$kept"
echo "the machine $name is back as it was before it was replaced"
