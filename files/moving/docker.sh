# A move's functions of Docker Desktop. Its volumes are in its virtual machine: they are read and filled in a container.
# shellcheck shell=sh disable=SC2016,SC2154,SC2317 # a container's shell expands what is quoted; docker/lib.sh is in docker_found
docker_tools=docker.io/library/debian:bookworm # what our images are made of: tar, find and sha256sum of GNU

# What docker/lib.sh ends with where the application is gone ends a shell of its own, and no move.
docker_opens() {
    (docker_found) || return 1
    docker_found
    answers || { echo "Docker Desktop does not answer" >&2 && return 1; }
    docker_ask "$brief" image inspect "$docker_tools" >/dev/null 2>&1 </dev/null || docker_ask 1800 pull "$docker_tools" >&2 </dev/null
}

# Its own program and no other: another may stand on PATH once the application is gone.
docker_ask() { # SECONDS WORD...
    if [ ! -x "${app:-}/Contents/Resources/bin/docker" ]; then
        echo "Docker Desktop is not installed" >&2
        return 69
    fi
    docker_lasts=$1
    shift
    limited "$docker_lasts" "$app/Contents/Resources/bin/docker" "$@"
}

docker_within() { # VOLUME|VOLUME:ro SCRIPT WORD...
    volume_as=${1%:ro}:/volume
    [ "$1" = "${1%:ro}" ] || volume_as=$volume_as:ro
    box=$helper.${1%:ro} text=$2
    shift 2
    docker_run "$@" && return 0
    failed=$?
    # The engine goes on with one whose client was ended; the next could not have its name (125, and nothing was read).
    docker_ask "$brief" rm --force "$box" >/dev/null 2>&1 </dev/null
    [ "$failed" -eq 125 ] || return "$failed"
    docker_run "$@"
}

docker_run() {
    docker_ask "$lasts" run --rm --interactive --name "$box" --network none --volume "$volume_as" \
        "$docker_tools" /bin/sh -c "$text" sh "$@"
}

docker_has() {
    all=$(docker_ask "$brief" volume ls --format '{{.Name}}|{{.Label "io.carbon-fleet.stack"}}' </dev/null) || return 2
    printf '%s\n' "$all" | cut -d '|' -f 1 | grep -Fqx -- "$1"
}

docker_full() { ! entries=$(docker_within "$1:ro" 'ls -A /volume' </dev/null) || [ -n "$entries" ]; }

docker_kib() { docker_within "$1:ro" 'du -sk /volume | cut -f 1' </dev/null; }

docker_out() { docker_within "$1:ro" "$(pack_text)" </dev/null; }

docker_in() {
    docker_ask "$brief" volume create --label "io.carbon-fleet.stack=$3" "$1" >/dev/null </dev/null && docker_within "$1" "$(unpack_text)" "$2"
}

docker_print() { docker_within "$1:ro" "$(print_text)" /volume "$owners" </dev/null; }

# One whose run was cut off may have it still.
docker_forget() {
    docker_ask "$brief" volume rm "$1" >/dev/null 2>&1 </dev/null && return 0
    docker_ask "$brief" rm --force "$helper.$1" >/dev/null 2>&1 </dev/null
    docker_ask "$brief" volume rm "$1" >/dev/null </dev/null
}

docker_names() { docker_ask "$brief" ps --all --filter "label=io.carbon-fleet.stack=$1" --format '{{.Names}}' </dev/null; }

# One that restarts always would come again with the engine.
docker_stop() {
    names=$(docker_names "$1") || return 1
    for box in $names; do
        if ! grep -q "^$box " "$kept/restart" 2>/dev/null; then
            policy=$(docker_ask "$brief" inspect --format '{{.HostConfig.RestartPolicy.Name}}' "$box" </dev/null) || return 1
            printf '%s %s\n' "$box" "$policy" >>"$kept/restart" || return 1
        fi
        docker_ask "$brief" update --restart no "$box" >/dev/null </dev/null &&
            docker_ask "$stopping" stop "$box" >/dev/null </dev/null || return 1
    done
}

docker_start() { # STACK SECONDS
    [ -e "$kept/restart" ] || return 0
    while read -r box policy <&5; do
        docker_ask "$brief" update --restart "$policy" "$box" >/dev/null </dev/null &&
            docker_ask "$stopping" start "$box" >/dev/null </dev/null || return 1
    done 5<"$kept/restart"
    while read -r box policy <&5; do
        docker_well "$box" "$2" || { echo "$box is $is" >&2 && return 1; }
    done 5<"$kept/restart"
}

docker_well() { # CONTAINER SECONDS
    left=$2
    while :; do
        is=$(docker_ask "$brief" inspect --format '{{if .State.Health}}{{.State.Health.Status}}{{else}}{{.State.Status}}{{end}}' "$1" </dev/null) || return 1
        case $is in
        healthy | running) return 0 ;;
        unhealthy | exited | dead) return 1 ;;
        esac
        [ "$left" -gt 0 ] || return 1
        left=$((left - 1))
        sleep 1
    done
}

docker_drop() {
    names=$(docker_names "$1") || return 1
    for box in $names; do
        docker_ask "$brief" rm --force "$box" >/dev/null </dev/null || return 1
    done
    rm -rf "${place:?}/${1:?}"
}

docker_volumes() {
    all=$(docker_ask "$brief" volume ls --format '{{.Name}}|{{.Label "io.carbon-fleet.stack"}}' </dev/null) || return 1
    [ -z "$all" ] || printf '%s\n' "$all" | while IFS='|' read -r volume of; do
        size=$(sized "$volume") && used=$(docker_users "$volume") || exit 1
        printf '%s|%s|%s|%s\n' "$volume" "$of" "$size" "$used"
    done
}

docker_users() {
    users=$(docker_ask "$brief" ps --filter "volume=$1" --format '{{.Names}}' </dev/null) || return 1
    printf '%s' "$users" | tr '\n' ','
}

docker_fill() { # VOLUME SHA256 REPLACE STACK
    used=$(docker_users "$1") || { echo "what uses the volume $1 could not be told" >&2 && return 1; }
    if [ -n "$used" ]; then
        echo "the volume $1 is in use by $used" >&2
        return 71
    fi
    docker_has "$1" || docker_ask "$brief" volume create ${4:+--label "io.carbon-fleet.stack=$4"} "$1" >/dev/null </dev/null || return 1
    docker_within "$1" "$(swap_text)" "$2" "$3"
}
