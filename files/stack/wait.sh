# Waits until a unit is active and its container healthy, or says why not.  UNIT CONTAINER SECONDS healthy|running GRACE
set -u
unit=$1 container=$2 seconds=$3 wished=$4 grace=$5
began=$(date +%s)

property() {
    systemctl show --value --property="$1" "$unit"
}

health() { # within the start period a failed check does not count: ask now instead of at the next interval
    if [ "$spent" -lt "$grace" ]; then
        podman healthcheck run "$container" >/dev/null 2>&1 || :
    fi
    podman inspect --type container --format '{{if .State.Health}}{{.State.Health.Status}}{{end}}' "$container" 2>/dev/null
}

give_up() {
    {
        echo "$container: the last lines of its journal:"
        journalctl --no-pager --output=cat --lines=60 \
            "CONTAINER_NAME=$container" + "_SYSTEMD_UNIT=$unit" + "UNIT=$unit" |
            grep -v -e ' UTC m=+' -e '^conmon ' | tail -n 20
        echo "$container: $1 after $spent s ($unit is $active)"
    } >&2
    exit 1
}

# What was restarted before somebody mended its cause says nothing about now.
before=$(property NRestarts)
while :; do
    spent=$(($(date +%s) - began))
    active=$(property ActiveState)
    status=$(podman inspect --type container --format '{{.State.Status}}' "$container" 2>/dev/null) || status=missing
    if [ "$active" = active ] && [ "$status" = running ]; then
        if [ "$wished" = running ]; then
            exit 0
        fi
        status=$(health)
        case $status in
        healthy) exit 0 ;;
        unhealthy) give_up "unhealthy" ;;
        esac
    fi
    restarts=$(property NRestarts)
    if [ "$active" = failed ] || [ "$((${restarts:-0} - ${before:-0}))" -ge 3 ]; then
        give_up "it does not stay up"
    fi
    if [ "$spent" -ge "$seconds" ]; then
        give_up "still ${status:-without a health} though it may take $seconds s"
    fi
    sleep 1
done
