# A move's functions of programs that launchd runs on the Mac itself. Their volumes are folders of the login user: whatever
# had its files elsewhere, here they are the user's, and what goes from here is root's there.
# shellcheck shell=sh disable=SC2154,SC2317 # lib.sh and way_in.sh stand before
native_agents=$HOME/Library/LaunchAgents
native_domain=gui/$(id -u)

native_opens() { :; }

native_place() { printf '%s/.local/share/carbon-fleet/native/%s/%s' "$HOME" "$stack" "$1"; }

native_has() { [ -d "$(native_place "$1")" ]; }

native_full() { native_has "$1" && { ! entries=$(ls -A "$(native_place "$1")") || [ -n "$entries" ]; }; }

native_kib() { du -sk "$(native_place "$1")" | cut -f 1; }

# Neither a Mac's own attributes nor the user's name and number go along.
native_tar() {
    case $(tar --version) in
    bsdtar*) COPYFILE_DISABLE=1 tar --uid 0 --gid 0 --numeric-owner --no-acls --no-xattrs "$@" ;;
    *) tar --owner=0 --group=0 --numeric-owner "$@" ;;
    esac
}

# What is in it, without the folder itself, whose mode is the user's business.
native_out() (
    place=$(mktemp -d "${TMPDIR:-/tmp}/carbon-fleet.XXXXXX") || exit 1
    trap 'rm -rf "$place"' EXIT
    trap 'exit 143' HUP INT PIPE TERM
    cd "$(native_place "$1")" && mkfifo "$place/pipe" || exit 1
    summed <"$place/pipe" >"$place/sum" &
    summing=$!
    find . -mindepth 1 -maxdepth 1 -print0 >"$place/names" || exit 1
    { native_tar --null -T "$place/names" -cf - || echo "tar ended with $?" >"$place/failed"; } </dev/null | tee "$place/pipe"
    wait "$summing"
    if [ -s "$place/failed" ]; then
        cat "$place/failed" >&2
        exit 74
    fi
    printf 'sha256 %s\n' "$(cat "$place/sum")" >&2
)

native_in() ( # VOLUME SHA256 STACK
    folder=$(native_place "$1")
    place=$(mktemp -d "${TMPDIR:-/tmp}/carbon-fleet.XXXXXX") || exit 1
    trap 'rm -rf "$place"' EXIT
    trap 'exit 143' HUP INT PIPE TERM
    mkdir -p "$folder" && mkfifo "$place/pipe" || exit 1
    summed <"$place/pipe" >"$place/sum" &
    summing=$!
    tee "$place/pipe" | { native_tar -C "$folder" -xpf - || echo "tar ended with $?" >"$place/failed"; cat >/dev/null; }
    wait "$summing"
    if [ -s "$place/failed" ]; then
        cat "$place/failed" >&2
        exit 74
    fi
    if [ "$(cat "$place/sum")" != "$2" ]; then
        echo "what arrived is not what was sent (its sha256 differs)" >&2
        exit 74
    fi
    # An archive may have had a mode for the folder itself.
    chmod 0700 "$folder"
)

native_print() { perl -e "$(native_print_text)" "$(native_place "$1")"; }

native_forget() {
    folder=$(native_place "$1")
    chmod -R u+rwX "$folder" 2>/dev/null
    rm -rf "${folder:?}" || return 1
    rmdir "${folder%/*}" "$HOME/.local/share/carbon-fleet/native" 2>/dev/null || :
}

# The property lists of a stack: each says in its first word of ours whose it is.
native_jobs() { # STACK FOLDER
    for file in "$2"/io.carbon-fleet.native.*.plist; do
        [ ! -f "$file" ] || ! grep -qF "<string>{\"stack\": \"$1\"," "$file" || basename "$file" .plist
    done
}

native_loaded() { launchctl print "$native_domain/$1" 2>/dev/null; }

native_away() { # LABEL   bootout answers before it is done
    left=90
    ! native_loaded "$1" >/dev/null || launchctl bootout "$native_domain/$1" >&2
    while native_loaded "$1" >/dev/null; do
        [ "$left" -gt 0 ] || { echo "launchd still has $1" >&2 && return 1; }
        left=$((left - 1))
        sleep 0.5
    done
}

# A login loads all that lies among the agents: so they are laid elsewhere.
native_stop() {
    mkdir -p "$kept/native" || return 1
    for label in $(native_jobs "$1" "$native_agents"); do
        native_away "$label" && mv -f "$native_agents/$label.plist" "$kept/native/$label.plist" || return 1
    done
}

native_start() { # STACK SECONDS
    for file in "$kept/native"/*.plist; do
        [ ! -e "$file" ] || mv -f "$file" "$native_agents/" || return 1
    done
    for label in $(native_jobs "$1" "$native_agents"); do
        launchctl enable "$native_domain/$label" >&2
        native_loaded "$label" >/dev/null || launchctl bootstrap "$native_domain" "$native_agents/$label.plist" >&2 || return 1
    done
    for label in $(native_jobs "$1" "$native_agents"); do
        native_well "$label" "$2" || return 1
    done
}

native_well() { # LABEL SECONDS   as files/native/up.sh does
    asked=$(perl -e "$(native_asked_text)" "$native_agents/$1.plist") || return 1
    first=$(printf '%s\n' "$asked" | head -n 1)
    script=$(printf '%s\n' "$asked" | sed 1d)
    left=$2 said="launchd does not start it"
    while ! native_works "$1"; do
        [ "$left" -gt 0 ] || { echo "$1 does not work: $(printf '%s' "$said" | tail -n 1 | cut -c 1-300)" >&2 && return 1; }
        left=$((left - 1))
        sleep 1
    done
}

native_pid() { native_loaded "$1" | awk '/^\tpid = [0-9]+$/ { print $3; exit }'; }

native_works() { # LABEL
    pid=$(native_pid "$1")
    if [ -z "$pid" ]; then
        # One that is not started again has done its work.
        last=$(native_loaded "$1" | awk '/^\tlast exit code = [0-9]/ { sub(/:.*/, "", $5); print $5; exit }')
        case "${first#* } $last" in
        'failure 0' | 'no '[0-9]*) return 0 ;;
        *) return 1 ;;
        esac
    elif [ -z "$script" ]; then
        sleep 1
        [ "$pid" = "$(native_pid "$1")" ]
    else
        said=$(perl -e "$(deadline_text)" "${first% *}" /bin/sh -c "$script" 2>&1 </dev/null)
    fi
}

# Out of launchd with all but the data; what a program wrote is of use until the stack works elsewhere.
native_drop() {
    for label in $(native_jobs "$1" "$native_agents" && native_jobs "$1" "$kept/native"); do
        native_away "$label" || return 1
        launchctl enable "$native_domain/$label" >&2
        rm -f "$native_agents/$label.plist" "$kept/native/$label.plist" || return 1
        name=${label#io.carbon-fleet.native.}
        rm -rf "$state/native/$name" "$state/native/$name.started" || return 1
        [ "$(phase)" != arrived ] || rm -f "$HOME/Library/Logs/carbon-fleet-native-$name.log"*
    done
    rm -rf "$kept/native"
    # Models that programs read are the resource's own business: another stack may be on its way to them.
    rmdir "$state/native" "$HOME/.local/share/carbon-fleet/native" "$HOME/.local/share/carbon-fleet" 2>/dev/null || :
}

