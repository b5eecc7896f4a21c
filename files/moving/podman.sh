# A move's functions of podman: all of them act in the machine, by its ssh.
# shellcheck shell=sh disable=SC2016,SC2154,SC2317 # the machine's shell expands what is quoted; lib.sh and way_in.sh stand before
podman_opens() {
    for provider in libkrun applehv; do
        json=${XDG_CONFIG_HOME:-$HOME/.config}/containers/podman/machine/$provider/$machine.json
        [ ! -e "$json" ] || break
    done
    way_in "$json" 2>/dev/null && podman_ask "$brief" 'podman volume ls >/dev/null' </dev/null
}

podman_enter() { # SECONDS COMMAND...
    inside root 'exec timeout -k 5 "$@"' "$@"
}

podman_ask() { # SECONDS SCRIPT WORD...
    podman_lasts=$1 podman_text=$2
    shift 2
    podman_enter "$podman_lasts" /bin/sh -c "$podman_text" sh "$@"
}

podman_has() { podman_ask "$brief" 'podman volume exists "$1"' "$1" </dev/null; }

podman_place() { podman_ask "$brief" 'podman volume inspect --format "{{.Mountpoint}}" "$1"' "$1" </dev/null; }

podman_full() { ! entries=$(podman_ask "$brief" 'ls -A "$1"' "$(podman_place "$1")" </dev/null) || [ -n "$entries" ]; }

podman_kib() { podman_ask "$lasts" 'du -sk "$1" | cut -f 1' "$(podman_place "$1")" </dev/null; }

podman_out() { podman_ask "$lasts" "$(export_text)" "$1" </dev/null; }

podman_in() { podman_ask "$lasts" "$(fill_text)" "$1" "$2" "--label=io.carbon-fleet.stack=$3"; }

podman_print() { podman_ask "$lasts" "$(print_text)" "$(podman_place "$1")" "$owners" </dev/null; }

podman_forget() { podman_ask "$brief" 'podman volume rm "$1" >/dev/null' "$1" </dev/null; }

podman_stop() { podman_ask 900 "$(podman_stop_text)" "$1" </dev/null; }

podman_start() { podman_ask 1500 "$(podman_start_text)" "$1" "$2" </dev/null; }

podman_drop() { podman_ask 900 "$(podman_drop_text)" "$1" </dev/null; }
