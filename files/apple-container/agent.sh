# The launchd job of a container. A user who is at no screen has no gui domain.
# shellcheck disable=SC2154 # cli is lib.sh's
prefix=io.carbon-fleet.container.
uid=$(id -u)
domain=user/$uid
if launchctl print "gui/$uid" >/dev/null 2>&1; then
    domain=gui/$uid
fi
loaded() { # CONTAINER
    launchctl print "$domain/$prefix$1" >/dev/null 2>&1
}
unload() { # CONTAINER   wherever it is: somebody may have come to the screen since
    for one in "gui/$uid" "user/$uid"; do
        launchctl bootout "$one/$prefix$1" >/dev/null 2>&1 || :
    done
    left=30
    while loaded "$1" && [ "$left" -gt 0 ]; do
        left=$((left - 1))
        sleep 1
    done
}
halt() { # CONTAINER   its own end first; what does not end is killed
    if runs "$1"; then
        within 60 "$cli" stop --time 10 "$1" >/dev/null 2>&1 </dev/null || :
    fi
}
