# Run a verb of carbon-fleet on this Mac, and keep its last Report whole.   NAME SPLAY PROGRAM WORD...
set -u
umask 077
report=$HOME/.local/state/carbon-fleet/$1.json
sleep "$2"
shift 2
mkdir -p "${report%/*}" || exit 1
status=0
"$@" >"$report.new" || status=$?
if [ -s "$report.new" ]; then
    mv -f "$report.new" "$report"
else
    rm -f "$report.new"
fi
exit "$status"
