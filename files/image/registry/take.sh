# Pulls what another Mac has pushed and gives it our tag: REFERENCE ID TAG LABEL INPUTS BLOBS ARCHITECTURE USER INSECURE
# BLOBS are DIGEST=BYTES, as the registry has them.
# Prints `moved BYTES BLOBS` and `kept BYTES BLOBS`: what of it, as the registry has it, had to come and what was here.
set -eu
umask 077

fitting "$7"
door "$1" "$8" "$9"
entries=$(printf '%s\n' "$6" | tr ' =' '\n ')
fits "$1"
printf '%s\n' "$entries" | while read -r digest size; do
    if [ -n "$size" ]; then
        here=moved
        ! has "$digest" || here=kept
        echo "$here $size"
    fi
done | awk '{ bytes[$1] += $2; blobs[$1]++ }
    END { for (i = split("moved kept", words, " "); i; i--) printf "%s %d %d\n", words[i], bytes[words[i]], blobs[words[i]] }'
got=$(podman pull ${tls:+"$tls"} --quiet "$1" </dev/null)
inputs=$(podman image inspect --format "{{index .Labels \"$4\"}}" "$got")
if [ "$got" != "$2" ] || [ "$inputs" != "$5" ]; then
    podman image rm "$got" >/dev/null 2>&1 || :
    echo "what came is the image $got with inputs $inputs instead of $2 with $5: it was not kept" >&2
    exit 65
fi
podman tag "$got" "$3"
