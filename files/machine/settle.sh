# Note that a machine is replaced: what was saved goes, the old machine's own disk stays for a while.   NAME PROVIDER
# shellcheck disable=SC2154 # lib.sh and replaced.sh stand before this
[ "$(phase)" = moved ] || exit 0
umask 077
rm -f "$kept/said"
if [ -e "$kept/carried" ]; then
    cut -d '|' -f 1 "$kept/carried" | sort -u | while IFS= read -r who; do
        rm -rf "${kept:?}/${who:?}"
    done
fi
date +%s >"$kept/done" && rm -f "$replacing"
