# Hands an image out through a registry: TAG LABEL TARGET USER INSECURE AGAIN(yes: push it though it is there already)
# Prints its id, inputs, architecture, its digest there and its blobs (digest and bytes); `missing` where there is none.
set -eu
umask 077

if ! podman image exists "$1"; then
    echo missing
    exit
fi
id=$(podman image inspect --format '{{.Id}}' "$1")
# By this name the machine knows what it has pushed, and everybody else which image it is.
name=$(podman images --no-trunc --format '{{range .Names}}{{println .}}{{end}}' --filter "id=$id" |
    grep -F "${3%:*}@sha256:" | head -n 1) || :
if [ "$6" = yes ] || [ -z "$name" ]; then
    door "$3" "$4" "$5"
    pushed=${3%:*}@$(podman push ${tls:+"$tls"} --quiet --digestfile /dev/stdout "$id" "docker://$3" </dev/null)
    # All of it is here: this fetches its manifest alone, and shows that it can be had.
    got=$(podman pull ${tls:+"$tls"} --quiet "$pushed" </dev/null)
    if [ "$got" != "$id" ]; then
        echo "$pushed came back from the registry as the image $got instead of $id" >&2
        exit 65
    fi
    if [ -n "$name" ] && [ "$name" != "$pushed" ]; then
        podman untag "$id" "$name"
    fi
    name=$pushed
fi
printf 'id %s\n' "$id"
printf 'inputs %s\n' "$(podman image inspect --format "{{index .Labels \"$2\"}}" "$id")"
printf 'architecture %s\n' "$(podman image inspect --format '{{.Architecture}}' "$id")"
printf 'digest %s\n' "${name#*@}"
# The manifest as it was pushed, where podman keeps it: its name in base64.
kept=/var/lib/containers/storage/overlay-images/$id/=$(printf 'manifest-%s' "${name#*@}" | base64 | tr -d '\n')
if [ -f "$kept" ]; then
    # shellcheck disable=SC2020  # each of these ends a token
    tr ',{}' '\n\n\n' <"$kept" | awk -F '"' '
        function told() { if (digest && size) print "blob", digest, size; digest = size = "" }
        $2 == "mediaType" { told() }
        $2 == "digest" { digest = $4 }
        $2 == "size" { size = $3; gsub(/[^0-9]/, "", size) }
        END { told() }'
fi
