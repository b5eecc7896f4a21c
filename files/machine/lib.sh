# What the scripts that act on a Podman machine share. $1 is the machine's name, $2 its provider.
# shellcheck disable=SC2034,SC2317 # each script uses its part of this
set -u
name=$1
provider=$2
shift 2
json=${XDG_CONFIG_HOME:-$HOME/.config}/containers/podman/machine/$provider/$name.json
data=${XDG_DATA_HOME:-$HOME/.local/share}/containers/podman/machine/$provider
run=${TMPDIR:-/tmp}
run=${run%/}/podman
state=$HOME/.local/state/carbon-fleet/machine/$name

# PIDs of PROGRAM (maybe under an interpreter) that were started with TEXT in their arguments. awk gets both by its
# environment: in its arguments it would find itself.
running() { # PROGRAM TEXT [MORE-TEXT]
    ps -axww -o pid=,command= | PROGRAM=$1 TEXT=$2 MORE=${3:-$2} awk '
        index($0, ENVIRON["TEXT"]) && index($0, ENVIRON["MORE"]) {
            for (i = 2; i <= 5 && i <= NF; i++) {
                n = split($i, part, "/")
                if (part[n] == ENVIRON["PROGRAM"]) { print $1; next }
            }
        }'
}

hypervisor() {
    running krunkit "$data/$name-arm64.raw"
    running vfkit "$data/$name-arm64.raw"
}

# Another session's TMPDIR may have been /tmp, which all users share: there the key shows whose gvproxy it is.
gvproxies() {
    { running gvproxy "$run/$name-gvproxy.sock"; running gvproxy "/tmp/podman/$name-gvproxy.sock" "$HOME/"
        running gvproxy "$HOME/.podman/$name-gvproxy.sock"; } | sort -u
}

alive() { # PID   a child that ended but was not waited for is no longer alive
    case $(ps -o stat= -p "$1" 2>/dev/null) in
    '' | Z*) return 1 ;;
    esac
}

end() { # PID
    kill -TERM "$1" 2>/dev/null
    tries=0
    while alive "$1" && [ "$tries" -lt 25 ]; do
        sleep 0.2
        tries=$((tries + 1))
    done
    if alive "$1"; then
        kill -KILL "$1" 2>/dev/null
    fi
}

within() { # SECONDS COMMAND...   podman alone is ended at the deadline, not the machine it started
    fifths=$(($1 * 5))
    shift
    "$@" </dev/null &
    child=$!
    while alive "$child" && [ "$fifths" -gt 0 ]; do
        sleep 0.2
        fifths=$((fifths - 1))
    done
    if alive "$child"; then
        end "$child"
        wait "$child" 2>/dev/null
        return 124
    fi
    wait "$child"
}

# podman ends whatever process this file names, without a look at what it is, and fails when there is none.
forget_pid_file() {
    if [ -s "$run/gvproxy.pid" ] && ! running gvproxy gvproxy | grep -qx "$(cat "$run/gvproxy.pid")"; then
        rm -f "$run/gvproxy.pid"
    fi
}

# Nothing of a machine that does not run may stay: its gvproxy holds the ssh port, its flag says it is being started.
clean() {
    if [ -n "$(hypervisor)" ]; then
        return 0
    fi
    for orphan in $(gvproxies); do
        echo "ending gvproxy $orphan, left without its machine" >&2
        end "$orphan"
    done
    forget_pid_file
    reset_starting
}

# Only while nobody holds podman's own lock of this machine; the flag is the one thing podman has no command for.
reset_starting() {
    if [ ! -f "$json" ] || ! grep -q '"Starting": *true' "$json"; then
        return 0
    fi
    perl -MFcntl -e '
        my ($json, $lock) = @ARGV;
        open my $held, ">>", $lock or die "$lock: $!\n";
        my $whole = $^O eq "darwin" ? pack("q q i s s", 0, 0, 0, F_WRLCK, 0) : pack("s s x4 q q i x4", F_WRLCK, 0, 0, 0, 0);
        fcntl($held, F_SETLK, $whole) or die "podman is at work on this machine: its lock $lock is held\n";
        open my $in, "<", $json or die "$json: $!\n";
        my $mode = (stat $in)[2] & 07777;
        my $text = do { local $/; <$in> };
        $text =~ s/"Starting":\s*true/"Starting":false/ or exit 0;
        open my $out, ">", "$json.carbon-fleet" or die "$json.carbon-fleet: $!\n";
        chmod $mode, $out;
        print $out $text and close $out or die "$json.carbon-fleet: $!\n";
        rename "$json.carbon-fleet", $json or die "$json: $!\n";
    ' "$json" "${json%.json}.lock"
}

# A note that work on the machine has begun (line 1 what, line 2 the image), in place whole or not at all.
note() { # KIND LINE LINE
    mkdir -p "${state%/*}" && printf '%s\n%s\n' "$2" "$3" >"$state.$1.new" && mv -f "$state.$1.new" "$state.$1"
}

# The digest of the image podman has just made a machine of: in the name of the one it keeps, or said by who asked for it.
# Of its own choice podman keeps the newest and no other, by its digest; of what it is told it keeps none.
made_of() { # COMMAND...
    asked=
    for word; do
        case ${before:-} in
        --image) asked=$word ;;
        esac
        before=$word
    done
    case $asked in
    *@sha256:*) echo "${asked##*@sha256:}" ;;
    '')
        count=0
        for file in "$data"/cache/*.raw.*; do
            cached=${file##*/}
            cached=${cached%%.*}
            case $cached in
            *[!0-9a-f]*) ;;
            *) [ "${#cached}" -ne 64 ] || { count=$((count + 1)) && only=$cached; } ;;
            esac
        done
        [ "$count" -ne 1 ] || echo "$only"
        ;;
    esac
}

# The machine is made: keep what podman does not, from which image, tied to the very machine by its time of creation.
finish() {
    if [ "$(sed -n 1p "$state.mark" 2>/dev/null)" = making ] && [ -f "$json" ]; then
        created=$(perl -0ne 'print $1 if /"Created":\s*"([^"]+)"/' "$json")
        image=$(sed -n 2p "$state.mark")
        note made "$image" "$created${digest:+
$digest}" || return 1
    fi
    rm -f "$state.mark"
}
