# How large volumes are and who uses each: lines `NAME KIB CONTAINER,…`.  NAME...
for name; do
    data=$(podman volume inspect --format '{{.Mountpoint}}' "$name") || continue
    used=$(podman ps --filter "volume=$name" --format '{{.Names}}' | tr '\n' ',')
    printf '%s %s %s\n' "$name" "$(du -sk "$data" | cut -f1)" "${used%,}"
done
