# This user's volumes: NAME|DRIVER|PLACE|OPTIONS|LABELS, the last two as JSON.
all=$(podman volume ls -q) || exit
for volume in $all; do
    podman volume inspect --format '{{.Name}}|{{.Driver}}|{{.Mountpoint}}|{{json .Options}}|{{json .Labels}}' "$volume" || exit
done
