# Have launchd run a program of a stack, and wait until it works.   DOMAIN LABEL PATH PROGRAM LOG SECONDS EACH SCRIPT DEADLINE anew|wait
set -u
domain=$1 label=$2 path=$3 program=$4 log=$5 left=$6 each=$7 script=$8 deadline=$9
shift 9
if [ "$1" = anew ]; then
    if ! [ -e "$program" ]; then
        echo "$program is not there: install what brings it (the formula, or the environment, that \`native\` names), then run again" >&2
        exit 69
    fi
    plutil -lint "$path" >&2 || exit 1
    out "$domain" "$label"
    launchctl enable "$domain/$label" >&2 || exit 1
    launchctl bootstrap "$domain" "$path" >&2 || exit 1
fi
said="launchd does not start it"
while :; do
    pid=$(pid_of "$domain" "$label")
    if [ -n "$pid" ]; then
        # Without a way to ask, one that is still the same after a moment runs.
        if [ -z "$script" ]; then
            sleep 1
            [ "$pid" != "$(pid_of "$domain" "$label")" ] || exit 0
        else
            status=0
            said=$(perl -e "$deadline" "$each" /bin/sh -c "$script" 2>&1 </dev/null) || status=$?
            [ "$status" -ne 0 ] || exit 0
            # A check that is sure is not waited out.
            [ "$status" -ne 3 ] || left=0
        fi
    fi
    if [ "$left" -le 0 ]; then
        last=$(printf '%s' "$said" | tail -n 1 | cut -c 1-300)
        echo "it does not work: ${last:-it did not say why}; what it wrote is in $log" >&2
        exit 75
    fi
    left=$((left - 1))
    sleep 1
done
