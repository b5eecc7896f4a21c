# Pulls what another Mac has pushed and gives it our tag: REFERENCE ID TAG LABEL INPUTS BLOBS ARCHITECTURE USER INSECURE
# BLOBS are DIGEST=BYTES, as the registry has them. Prints `came BYTES`, by the count of the machine's network, and `all
# BYTES`, what the image has: podman does not tell which of its layers were here.
set -eu
umask 077

came() {
    way=$(awk '$2 == "00000000" { print $1; exit }' /proc/net/route)
    cat "/sys/class/net/$way/statistics/rx_bytes" 2>/dev/null || echo 0
}

fitting "$7"
door "$1" "$8" "$9"
entries=$(printf '%s\n' "$6" | tr ' =' '\n ')
fits "$1"
before=$(came)
got=$(podman pull ${tls:+"$tls"} --quiet "$1" </dev/null)
inputs=$(podman image inspect --format "{{index .Labels \"$4\"}}" "$got")
if [ "$got" != "$2" ] || [ "$inputs" != "$5" ]; then
    podman image rm "$got" >/dev/null 2>&1 || :
    echo "what came is the image $got with inputs $inputs instead of $2 with $5: it was not kept" >&2
    exit 65
fi
podman tag "$got" "$3"
printf 'came %s\n' "$(($(came) - before))"
printf '%s\n' "$entries" | awk '{ sum += $2 } END { printf "all %d\n", sum }'
