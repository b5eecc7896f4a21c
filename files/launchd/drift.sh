# Look for drift on this Mac, and keep the last Report whole.   PROGRAM LAB MAC SPLAY
set -u
umask 077
sleep "$4"
report=$HOME/.local/state/carbon-fleet/drift.json
mkdir -p "${report%/*}" || exit 1
status=0
"$1" drift "$2" --limit "$3" --json --quiet >"$report.new" || status=$?
if [ -s "$report.new" ]; then
    mv -f "$report.new" "$report"
else
    rm -f "$report.new"
fi
exit "$status"
