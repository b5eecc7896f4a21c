# How each container was made, as podman tells it: `.[].Config.CreateCommand` is what was typed.
all=$(podman ps -a --format '{{.Names}}') || exit
if [ -z "$all" ]; then
    echo '[]'
else
    # Names of containers have no blanks, and are meant to be split.
    # shellcheck disable=SC2086
    podman inspect --type container $all
fi
