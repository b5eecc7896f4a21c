# Starts what quiet.sh stopped, as it said on standard input.
by=$([ "$(id -u)" -eq 0 ] || echo --user)
while read -r kind what; do
    if [ "$kind" = unit ]; then
        # shellcheck disable=SC2086 # nothing, or one word
        systemctl $by start --no-block "$what" </dev/null
    elif [ "$kind" = container ]; then
        podman start "$what" </dev/null
    fi
done
