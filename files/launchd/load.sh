# Check a LaunchAgent's file and hand it to launchd, enabled.   DOMAIN LABEL PATH OPEN(yes|no)
set -u
plutil -lint "$3" >&2 || exit 1
launchctl enable "$1/$2" >&2 || exit 1
if [ "$4" = no ] || launchctl print "$1/$2" >/dev/null 2>&1; then
    exit 0
fi
launchctl bootstrap "$1" "$3" >&2
