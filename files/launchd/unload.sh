# Take a LaunchAgent out of launchd, and wait until it is out.   DOMAIN LABEL
set -u
launchctl print "$1/$2" >/dev/null 2>&1 || exit 0
launchctl bootout "$1/$2" >&2
tries=0
# bootout answers before it is done, and a bootstrap in between fails with `5: Input/output error`.
while launchctl print "$1/$2" >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ "$tries" -gt 20 ]; then
        echo "launchd still has $1/$2 after 10 s: run \`launchctl bootout $1/$2\` on this Mac and look what it says" >&2
        exit 1
    fi
    sleep 0.5
done
