# Stops what runs, a unit by systemd, which would start its container again; says what: `unit NAME`, `container NAME`, and
# `once NAME` of one that is gone with that (--rm).
by=$([ "$(id -u)" -eq 0 ] || echo --user)
all=$(podman ps --format '{{.Names}}') || exit
for container in $all; do
    unit=$(podman inspect --format '{{index .Config.Labels "PODMAN_SYSTEMD_UNIT"}}' "$container") || exit
    case $unit in
    '' | '<no value>')
        once=$(podman inspect --format '{{.HostConfig.AutoRemove}}' "$container") || exit
        if [ "$once" = true ]; then echo "once $container"; else echo "container $container"; fi
        podman stop "$container" >/dev/null || exit
        ;;
    *)
        echo "unit $unit"
        # shellcheck disable=SC2086 # nothing, or one word
        systemctl $by stop "$unit" >&2 || exit
        ;;
    esac
done
