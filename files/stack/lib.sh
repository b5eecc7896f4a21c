# What the stacks' scripts share: how a container is waited for, and how a stack goes back to units that were kept.
# shellcheck disable=SC2034  # `trouble` is for the scripts this is put before
set -u

property() { # NAME
    systemctl show --value --property="$1" "$unit"
}

health() { # within the start period a failed check does not count: ask now instead of at the next interval
    if [ "$spent" -lt "$grace" ]; then
        podman healthcheck run "$container" >/dev/null 2>&1 || :
    fi
    podman inspect --type container --format '{{if .State.Health}}{{.State.Health.Status}}{{end}}' "$container" 2>/dev/null
}

settle() { # UNIT CONTAINER SECONDS healthy|running GRACE   with another status than 0, `trouble` says why
    unit=$1 container=$2 seconds=$3 wished=$4 grace=$5 why=''
    began=$(date +%s)
    # What was restarted before somebody mended its cause says nothing about now.
    before=$(property NRestarts)
    while [ -z "$why" ]; do
        spent=$(($(date +%s) - began))
        active=$(property ActiveState)
        status=$(podman inspect --type container --format '{{.State.Status}}' "$container" 2>/dev/null) || status=missing
        if [ "$active" = active ] && [ "$status" = running ]; then
            [ "$wished" = healthy ] || return 0
            status=$(health)
            case $status in
            healthy) return 0 ;;
            unhealthy) why=unhealthy ;;
            esac
        fi
        restarts=$(property NRestarts)
        if [ -n "$why" ]; then
            break
        elif [ "$active" = failed ] || [ "$((${restarts:-0} - ${before:-0}))" -ge 3 ]; then
            why='it does not stay up'
        elif [ "$spent" -ge "$seconds" ]; then
            why="still ${status:-without a health} though it may take $seconds s"
        else
            sleep 1
        fi
    done
    trouble="$container: $why after $spent s ($unit is $active)"
    return 1
}

last_words() { # of the container that was waited for
    echo "$container: the last lines of its journal:"
    journalctl --no-pager --output=cat --lines=60 \
        "CONTAINER_NAME=$container" + "_SYSTEMD_UNIT=$unit" + "UNIT=$unit" |
        grep -v -e ' UTC m=+' -e '^conmon ' | tail -n 14
}

# `folder` is where the units lie; `place` where those of the stack are kept.
units_of() { # STACK   by their label: the names alone do not tell `b-c` of the stack `a` from `c` of `a-b`
    # shellcheck disable=SC2154  # the script this is put before assigns it
    grep -lF "Label=\"io.carbon-fleet.stack=$1\"" "$folder"/carbon-fleet-*.container 2>/dev/null
}

differs() { # STACK KEPT   whether other units than the kept ones are in place
    [ -d "$2" ] || return 1
    for file in "$2"/*.container; do
        cmp -s "$file" "$folder/${file##*/}" || return 0
    done
    for file in $(units_of "$1"); do
        [ -e "$2/${file##*/}" ] || return 0
    done
    return 1
}

value() { # FILE KEY   of a unit, as it is without systemd's doubling
    sed -n "s/^$2=//p" "$1" | sed 's/%%/%/g; s/\$\$/$/g'
}

images_of() { # FILES   those they run, and those of ours they mount
    sed -n 's/^Image=//p' "$@" | sed 's/%%/%/g; s/\$\$/$/g'
    grep -ho '^Mount=type=image,.*localhost/carbon-fleet/[a-z0-9-]*:[0-9a-f]*' "$@" | sed 's/.*\(localhost\)/\1/'
}

go_back() { # STACK KEPT SECONDS   with another status than 0, `trouble` says why
    for image in $(images_of "$2"/*.container); do
        if ! podman image exists "$image" && ! podman pull --quiet "$image" </dev/null >/dev/null; then
            trouble="the image $image of its units before is gone"
            return 1
        fi
    done
    # The one that was waited for is begun anew, also where its own unit is the same.
    for file in $(units_of "$1"); do
        name=${file##*/} service=${file##*/}
        service=${service%.container}.service
        if [ "$service" = "${unit:-}" ] || ! cmp -s "$file" "$2/$name"; then
            systemctl stop "$service"
        fi
        [ -e "$2/$name" ] || rm -f "$file"
    done
    for file in "$2"/*.container; do
        cp "$file" "$folder/.carbon-fleet.back" && chmod 0644 "$folder/.carbon-fleet.back" &&
            mv -f "$folder/.carbon-fleet.back" "$folder/${file##*/}"
    done
    systemctl daemon-reload
    started "$2" "$3"
}

started() { # KEPT SECONDS   start them all, and wait for each
    for file in "$1"/*.container; do
        name=${file##*/}
        systemctl start --no-block "${name%.container}.service"
    done
    for file in "$1"/*.container; do
        name=${file##*/} grace=$(value "$file" HealthStartPeriod) state=running
        if [ -n "$(value "$file" HealthCmd)" ]; then
            state=healthy
        fi
        grace=${grace%s}
        settle "${name%.container}.service" "$(value "$file" ContainerName)" "$2" "$state" "${grace:-0}" || return 1
    done
}
