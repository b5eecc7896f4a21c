# Remove a LaunchAgent's file and what launchd notes of it.   DOMAIN LABEL PATH
set -u
# What was disabled by hand would stay so for whoever uses the label next.
launchctl enable "$1/$2" >&2
rm -f "$3"
