# What pulls of images share: whether what is still to be fetched has room, by what the registry says of its layers.
manifest() { # REFERENCE   its entries, a line each: DIGEST BYTES ARCHITECTURE
    # Of an OCI image that is no list podman 5 tells the manifest only in its error message, quoted.
    # shellcheck disable=SC2020  # each of these ends a token
    timeout 60 podman manifest inspect ${tls:+"$tls"} "$1" 2>&1 </dev/null | sed 's/\\"/"/g' | tr ',{}' '\n\n\n' | awk -F '"' '
        function told() { if (digest && size) print digest, size, (arch ? arch : "-"); digest = size = arch = "" }
        $2 == "mediaType" { told() }
        $2 == "digest" { digest = $4 }
        $2 == "size" { size = $3; gsub(/[^0-9]/, "", size) }
        $2 == "architecture" { arch = $4 }
        END { told() }'
}

room() { # REFERENCE   ends with 88 where it has none; a registry that does not tell is no reason
    case $(uname -m) in
    aarch64 | arm64) arch=arm64 ;;
    *) arch=amd64 ;;
    esac
    name=${1%%@*}
    case ${name##*/} in
    *:*) name=${name%:*} ;;
    esac
    # podman takes a tag, or a digest, but here not both.
    case $1 in
    *@*) entries=$(manifest "$name@${1#*@}") ;;
    *) entries=$(manifest "$1") ;;
    esac
    one=$(printf '%s\n' "$entries" | awk -v arch="$arch" '$3 == arch { print $1; exit }')
    if [ -n "$one" ]; then
        entries=$(manifest "$name@$one")
    fi
    fits "$1"
}

has() { # DIGEST   whether a layer is here, as it came or unpacked
    grep -qsF "$1" /var/lib/containers/storage/overlay-layers/layers.json
}

fits() { # REFERENCE   whether what of `entries` (a line each: DIGEST BYTES) is not here has room; ends with 88 where not
    needed=$(printf '%s\n' "$entries" | while read -r digest size _; do
        if [ -n "$size" ] && ! has "$digest"; then
            echo "$size"
        fi
    done | awk '{ sum += $1 } END { printf "%d", sum * 3 / 1024 }')
    free=$(df -Pk /var/lib/containers 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ "${free:-$needed}" -lt "$needed" ]; then
        echo "no room for $1: it needs about $((needed / 1024)) MiB (its layers as they come, and unpacked to twice that); $((free / 1024)) MiB are free: write a larger machine.disk, or remove what is not needed" >&2
        exit 88
    fi
}
