# Run a program on an environment's own Python, which sees nothing of what a login set for others.   NAME PROGRAM WORD...
# shellcheck disable=SC2154  # what lib.sh says
set -eu
name=$1 program=$2
shift 2
exec "$ours/environments/$name/bin/python" -I -c "$program" "$@"
