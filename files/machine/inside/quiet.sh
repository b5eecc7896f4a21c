# Stops what runs, a unit by systemd, which would start its container again; says what: `unit NAME`, `container NAME`.
by=$([ "$(id -u)" -eq 0 ] || echo --user)
all=$(podman ps --format '{{.Names}}') || exit
for container in $all; do
    unit=$(podman inspect --format '{{index .Config.Labels "PODMAN_SYSTEMD_UNIT"}}' "$container") || exit
    case $unit in
    '' | '<no value>')
        echo "container $container"
        podman stop "$container" >/dev/null || exit
        ;;
    *)
        echo "unit $unit"
        # shellcheck disable=SC2086 # nothing, or one word
        systemctl $by stop "$unit" >&2 || exit
        ;;
    esac
done
