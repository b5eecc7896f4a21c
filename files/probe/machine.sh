# The Podman machine: its state as `podman machine inspect` tells it (one process, which may hang), all else from files.
# shellcheck disable=SC2154 # cf_tmp is lib.sh's
section_machine() {
    cf_pkg=/opt/podman/bin # where podman's own installer puts it
    echo 'unreadable the machine section did not come to its end' >"$cf_tmp/machine-state"
    cf_config=${XDG_CONFIG_HOME:-$HOME/.config}/containers
    cf_data=${XDG_DATA_HOME:-$HOME/.local/share}/containers/podman/machine
    cf_state=$HOME/.local/state/carbon-fleet/machine/$CF_MACHINE_NAME
    # Which session this is decides TMPDIR, and podman keeps its sockets there: take the user's own, as every command does.
    cf_run=$(getconf DARWIN_USER_TEMP_DIR 2>/dev/null || printf %s "${TMPDIR:-/tmp}")
    cf_run=${cf_run%/}
    cf_fact home "$HOME"
    cf_fact name "$CF_MACHINE_NAME"
    cf_fact data "$cf_data"
    cf_machine_inspect
    cf_machine_due
    for cf_provider in libkrun applehv; do
        cf_machine_files "$cf_config/podman/machine/$cf_provider"
        cf_machine_disk "$cf_provider"
    done
    cf_file "${PODMAN_CONNECTIONS_CONF:-$cf_config/podman-connections.json}"
    cf_machine_own
    cf_machine_processes
    cf_fact time "$(date +%s)"
}

# podman 5 looks only where the chosen provider keeps its machines: choose the one that has this machine.
cf_machine_inspect() {
    cf_podman=$CF_PREFIX/bin/podman
    if [ ! -x "$cf_podman" ] && [ -x "$cf_pkg/podman" ]; then
        cf_podman=$cf_pkg/podman
    fi
    cf_provider=${CF_MACHINE_PROVIDER:-libkrun}
    cf_there=
    for cf_place in libkrun applehv; do
        if [ -z "$cf_there" ] && [ -e "$cf_config/podman/machine/$cf_place/$CF_MACHINE_NAME.json" ]; then
            cf_there=$cf_place
            cf_provider=$cf_place
        fi
    done
    if [ ! -x "$cf_podman" ]; then
        cf_fact podman absent
        if [ -n "$cf_there" ]; then echo stopped; else echo absent; fi >"$cf_tmp/machine-state"
        return 0
    fi
    cf_fact podman present
    cf_inspected=0
    cf_block inspect 8 env "TMPDIR=$cf_run/" "CONTAINERS_MACHINE_PROVIDER=$cf_provider" \
        "$cf_podman" machine inspect "$CF_MACHINE_NAME" || cf_inspected=$?
    cf_machine_state >"$cf_tmp/machine-state"
}

# Says what the hop has to know; leaves the way in at $cf_tmp/hop when the machine runs.
cf_machine_state() {
    if [ "$cf_inspected" -eq 0 ]; then
        perl -0ne '
            my ($state) = /"State":\s*"(\w+)"/ or exit;
            my ($identity) = /"IdentityPath":\s*"([^"]+)"/;
            my ($port) = /"SSHConfig":\s*\{[^}]*"Port":\s*(\d+)/;
            print $state, "\n";
            print "$identity\n$port\n" if $identity && $port;
        ' "$cf_tmp/out" >"$cf_tmp/inspected"
        cf_said=
        read -r cf_said <"$cf_tmp/inspected"
        case $cf_said in
        '') echo 'unreadable podman machine inspect said nothing that could be understood' ;;
        running) tail -n +2 "$cf_tmp/inspected" >"$cf_tmp/hop" && echo 'unreadable podman told no way into the machine' ;;
        *) echo stopped ;;
        esac
    elif [ -z "$cf_there" ] && grep -q 'does not exist' "$cf_tmp/err"; then
        echo absent
    else
        echo "unreadable podman machine inspect failed with exit status $cf_inspected"
    fi
}

# Where the machine can only become what is wished by another in its place (which is judged elsewhere, of all that is told),
# and only there, it is told how large things in it are, and how many are connected now.
cf_machine_due() {
    cf_json=$cf_config/podman/machine/${cf_there:-none}/$CF_MACHINE_NAME.json
    if [ ! -f "$cf_json" ]; then
        return 0
    fi
    cf_due=$(perl -0ne '
        BEGIN { ($disk, $swap, $mounts) = splice @ARGV, 0, 3 }
        my @has;
        while (/"ReadOnly":\s*(\w+),\s*"Source":\s*"([^"]*)",\s*"Tag":\s*"[^"]*",\s*"Target":\s*"([^"]*)"/g) {
            push @has, "$2:$3" . ($1 eq "true" ? ":ro" : "");
        }
        print "due" if (/"DiskSize":\s*(\d+)/ ? $1 : 0) > $disk || (/"Swap":\s*(\d+)/ ? $1 : 0) != $swap
            || join(" ", sort @has) ne $mounts;
    ' "${CF_MACHINE_DISK:-0}" "${CF_MACHINE_SWAP:-0}" "${CF_MACHINE_VOLUMES:-}" "$cf_json")
    cf_from=$(sed -n 1p "$cf_state.made" 2>/dev/null)
    if [ "$cf_there$cf_due" != "${CF_MACHINE_PROVIDER:-libkrun}" ] || { [ -e "$cf_state.made" ] && [ "$cf_from" != "${CF_MACHINE_IMAGE:-}" ]; }; then
        : >"$cf_tmp/due"
        cf_deadline 5 netstat -an -p tcp 2>/dev/null | awk '
            $1 ~ /^tcp/ && $6 == "ESTABLISHED" { n = split($4, part, "."); if (part[n] ~ /^[0-9]+$/) count[part[n]]++ }
            END { for (port in count) print "connected=" port " " count[port] }'
    fi
    return 0
}

# podman reads every *.json here: one that is no machine breaks all its commands.
cf_machine_files() { # FOLDER
    for cf_json in "$1"/*.json; do
        if [ -f "$cf_json" ] && [ "$(($(wc -c <"$cf_json")))" -gt 65536 ]; then
            cf_fact big "$cf_json"
        elif [ -e "$cf_json" ] || [ -L "$cf_json" ]; then
            cf_file "$cf_json"
        fi
    done
}

cf_machine_disk() { # PROVIDER
    cf_disk=$cf_data/$1/$CF_MACHINE_NAME-arm64.raw
    cf_json=$cf_config/podman/machine/$1/$CF_MACHINE_NAME.json
    if [ -f "$cf_json" ]; then
        cf_named=$(perl -0ne 'print $1 if /"ImagePath":\s*\{\s*"Path":\s*"([^"]+)"/' "$cf_json")
        cf_disk=${cf_named:-$cf_disk}
    fi
    if [ -s "$cf_disk" ]; then
        cf_fact disk "$1 filled $cf_disk"
    elif [ -e "$cf_disk" ]; then
        cf_fact disk "$1 empty $cf_disk"
    else
        cf_fact disk "$1 absent $cf_disk"
    fi
}

# What carbon-fleet left about its own half-done work, about what it made, and of machines it replaced.
cf_machine_own() {
    for cf_old in "$HOME/.local/state/carbon-fleet/replaced/$CF_MACHINE_NAME"/*; do
        if [ -s "$cf_old/done" ]; then
            cf_fact replaced "${cf_old##*/} $(cat "$cf_old/done") $(du -sk "$cf_old" | cut -f 1)"
        fi
    done
    for cf_note in mark made replacing; do
        if [ -f "$cf_state.$cf_note" ]; then
            while IFS= read -r cf_line; do
                cf_fact "$cf_note" "$cf_line"
            done <"$cf_state.$cf_note"
        fi
    done
}

# A program may run under an interpreter: its name is one of the first words.
cf_machine_processes() {
    if ! cf_deadline 5 ps -axww -o pid=,command= >"$cf_tmp/ps"; then
        cf_fact ps failed
        return 0
    fi
    cf_fact ps read
    awk '{
        for (i = 2; i <= 5 && i <= NF; i++) {
            n = split($i, part, "/")
            if (part[n] ~ /^(krunkit|vfkit|gvproxy)$/) { $1 = $1; print "process=" $0; break }
        }
    }' "$cf_tmp/ps" >"$cf_tmp/processes"
    cat "$cf_tmp/processes"
    # Which krunkit a machine runs by is the one there was when it was started, whatever lies at that path now.
    # shellcheck disable=SC2013  # numbers have no blanks
    for cf_pid in $(sed -n 's/^process=\([0-9]*\) .*krunkit .*-arm64\.raw.*/\1/p' "$cf_tmp/processes"); do
        cf_fact began "$cf_pid $(TZ=UTC cf_deadline 5 ps -o lstart= -p "$cf_pid" | head -n 1)"
    done
    if [ -s "$cf_tmp/hop" ]; then
        { read -r cf_identity && read -r cf_port; } <"$cf_tmp/hop"
        cf_fact hop_identity "$cf_identity"
        cf_fact hop_port "$cf_port"
    fi
}
