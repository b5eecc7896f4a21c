# Take a program out of launchd, and forget it.   DOMAIN LABEL PATH NAME
set -u
out "$1" "$2"
# What was disabled by hand would stay so for whoever uses the label next.
launchctl enable "$1/$2" >&2
rm -f "$3" || exit 1
state=$HOME/.local/state/carbon-fleet/native/${4:?}
rm -rf "$state" "$state.started"
