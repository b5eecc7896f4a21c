# A move's functions of podman: all of them act in the machine, by its ssh.
# shellcheck shell=sh disable=SC2016,SC2154,SC2317 # the machine's shell expands what is quoted; lib.sh and way_in.sh stand before
podman_opens() {
    for provider in libkrun applehv; do
        json=${XDG_CONFIG_HOME:-$HOME/.config}/containers/podman/machine/$provider/$machine.json
        [ ! -e "$json" ] || break
    done
    way_in "$json" 2>/dev/null && inside root 'podman volume ls >/dev/null' </dev/null
}

podman_enter() { inside root 'exec "$@"' "$@"; }

podman_has() { inside root 'podman volume exists "$1"' "$1" </dev/null; }

podman_place() { inside root 'podman volume inspect --format "{{.Mountpoint}}" "$1"' "$1" </dev/null; }

podman_full() { podman_has "$1" && { ! entries=$(inside root 'ls -A "$1"' "$(podman_place "$1")" </dev/null) || [ -n "$entries" ]; }; }

podman_kib() { inside root 'du -sk "$1" | cut -f 1' "$(podman_place "$1")" </dev/null; }

podman_out() { inside root "$(export_text)" "$1" </dev/null; }

podman_in() { inside root "$(fill_text)" "$1" "$2" "--label=io.carbon-fleet.stack=$3"; }

podman_print() { inside root "$(print_text)" "$(podman_place "$1")" "$owners" </dev/null; }

podman_forget() { inside root 'podman volume rm "$1" >/dev/null' "$1" </dev/null; }

podman_stop() { inside root "$(podman_stop_text)" "$1" </dev/null; }

podman_start() { inside root "$(podman_start_text)" "$1" "$2" </dev/null; }

podman_drop() { inside root "$(podman_drop_text)" "$1" </dev/null; }
