# Start or stop Docker Desktop, as its own command does, and wait for its engine.   start|stop COMMAND SOCKET SECONDS
set -u
cli=$2
socket=$3
left=$4
unset DOCKER_CONTEXT || :
answers() {
    [ -S "$socket" ] && DOCKER_HOST=unix://$socket "$cli" version --format '{{.Server.Version}}' >/dev/null 2>&1
}
lives() { # its application, the engine in it or not
    pgrep -u "$(id -u)" -f "MacOS/com[.]docker[.]backend" >/dev/null 2>&1 || answers
}
reached() {
    case $1 in
    start) answers ;;
    stop) ! lives ;;
    esac
}
# A stop is also said to one that is only on its way up. What its own command gave up on may still come, but soon.
if [ "$1" = stop ] || ! reached "$1"; then
    "$cli" desktop "$1" --timeout "$left" >&2 || left=3
fi
until reached "$1"; do
    if [ "$left" -le 0 ]; then
        echo "Docker Desktop did not $1: look at the Mac's screen, where it may ask something" >&2
        exit 75
    fi
    left=$((left - 1))
    sleep 1
done
