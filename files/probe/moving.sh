# Stacks that another runtime carries than the lab file says, moves that were cut off, and what earlier ones keep. What is
# not asked for costs nothing: a Mac whose stacks all run by one runtime is not looked into here.
# shellcheck disable=SC2154 # cf_tmp is lib.sh's
section_moving() {
    cf_keeps=
    for cf_note in "$HOME/.local/state/carbon-fleet/moving"/*; do
        if [ -f "$cf_note" ]; then
            cf_fact note "${cf_note##*/} $(tr '\n' ' ' <"$cf_note")"
        fi
    done
    for cf_done in "$HOME/.local/state/carbon-fleet/moved"/*/*/done; do
        if [ -f "$cf_done" ]; then
            cf_folder=${cf_done%/done}
            cf_stack=${cf_folder%/*}
            cf_fact kept "${cf_stack##*/} ${cf_folder##*/} $(tr '\n' ' ' <"$cf_done")"
            cf_keeps="$cf_keeps $(sed -n 2p "$cf_done")"
        fi
    done
    cf_moving_podman
    cf_moving_docker
    cf_moving_native
    cf_moving_apple
    cf_fact time "$(date +%s)"
}

# The machine is entered by itself here: where nothing of podman is wished any more, no other section does.
cf_moving_podman() {
    case "$CF_MOVING_PODMAN $cf_keeps" in
    ' ') return 0 ;;
    esac
    for cf_provider in libkrun applehv; do
        cf_json=${XDG_CONFIG_HOME:-$HOME/.config}/containers/podman/machine/$cf_provider/$CF_MOVING_MACHINE.json
        if [ -f "$cf_json" ]; then
            cf_moving_machine "${XDG_DATA_HOME:-$HOME/.local/share}/containers/podman/machine/$cf_provider" \
                >"$cf_tmp/moving" || echo "closed=podman-$cf_provider" >"$cf_tmp/moving"
            cat "$cf_tmp/moving"
        fi
    done
}

cf_moving_machine() { # FOLDER-OF-DISKS
    cf_deadline 5 ps -axww -o pid=,command= | grep -F "$1/$CF_MOVING_MACHINE-arm64.raw" | grep -E 'krunkit|vfkit' \
        >/dev/null || return 1
    perl -0ne '
        my ($ssh) = /"SSH":\s*(\{[^}]*\})/ or exit 1;
        for my $key ("IdentityPath", "Port") { $ssh =~ /"$key":\s*"?([^",}]+)/ or exit 1; print "$1\n" }
    ' "$cf_json" >"$cf_tmp/way-in" || return 1
    { read -r cf_identity && read -r cf_port; } <"$cf_tmp/way-in"
    echo open=podman
    # shellcheck disable=SC2016 # the machine's shell expands it
    cf_inside='runtime=$1; shift
for stack; do
    units=$(grep -lsF "Label=\"io.carbon-fleet.stack=$stack\"" /etc/containers/systemd/carbon-fleet-*.container) || continue
    echo "carries=$runtime $stack"
    for volume in $(sed -n "s/^Volume=\([^/:][^:]*\):.*/\1/p" $units | sort -u); do
        place=/var/lib/containers/storage/volumes/$volume/_data
        [ ! -d "$place" ] || echo "volume=$stack $volume $(timeout 10 du -sk --time --time-style=+%s "$place" | cut -f 1,2 | tr "\t" " ")"
    done
done'
    # shellcheck disable=SC2086 # names of stacks have no blanks, and are meant to be split
    { printf '%s\n' "set -- podman-$cf_provider" $CF_MOVING_PODMAN | tr '\n' ' ' && printf '\n%s\n' "$cf_inside"; } |
        cf_deadline 30 ssh -F /dev/null -T -i "$cf_identity" -p "$cf_port" \
            -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
            -o BatchMode=yes -o ConnectTimeout=10 root@127.0.0.1 /bin/sh -s
}

# A stack's folder tells that Docker Desktop has it; how large its volumes are is asked of its containers while they run.
cf_moving_docker() {
    cf_stacks=
    for cf_stack in $CF_MOVING_DOCKER; do
        if [ -f "$HOME/.config/carbon-fleet/docker/$cf_stack/compose.yaml" ]; then
            cf_fact carries "docker $cf_stack"
            cf_stacks="$cf_stacks $cf_stack"
        fi
    done
    case "$cf_stacks $cf_keeps " in
    *[!\ ]*) ;;
    *) return 0 ;;
    esac
    for cf_cli in /Applications/Docker.app "$HOME/Applications/Docker.app"; do
        cf_cli=$cf_cli/Contents/Resources/bin/docker
        [ ! -x "$cf_cli" ] || break
    done
    if [ ! -S "$HOME/.docker/run/docker.sock" ] || ! cf_asked 10 version --format '{{.Server.Version}}' >/dev/null 2>&1; then
        [ -z "$cf_stacks" ] || cf_fact closed docker
        return 0
    fi
    cf_fact open docker
    for cf_stack in $cf_stacks; do
        cf_asked 15 ps --all --filter "label=io.carbon-fleet.stack=$cf_stack" --format '{{.Names}}' >"$cf_tmp/boxes" || continue
        while read -r cf_box; do
            cf_asked 10 inspect --format '{{range .Mounts}}{{if eq .Type "volume"}}{{.Name}} {{.Destination}}{{println}}{{end}}{{end}}' \
                "$cf_box" | sed "/./s/^/$cf_box /" >>"$cf_tmp/mounts-$cf_stack"
        done <"$cf_tmp/boxes"
        sort -u -k 2,2 "$cf_tmp/mounts-$cf_stack" | while read -r cf_box cf_volume cf_place; do
            [ -n "$cf_box" ] || continue
            # shellcheck disable=SC2016 # the container's shell expands it
            cf_size=$(cf_asked 15 exec "$cf_box" sh -c 'du -sk "$1" | cut -f 1; find "$1" -exec stat -c %Y {} + | sort -n | tail -n 1' \
                sh "$cf_place" 2>/dev/null | tr '\n' ' ') || :
            cf_fact volume "$cf_stack $cf_volume $cf_size"
        done
    done
}

cf_asked() { # SECONDS WORD...
    cf_wait=$1
    shift
    cf_deadline "$cf_wait" env -u DOCKER_CONTEXT "DOCKER_HOST=unix://$HOME/.docker/run/docker.sock" "$cf_cli" "$@" </dev/null
}

# A property list says in its first word of ours whose it is; a volume is a folder.
cf_moving_native() {
    case " $cf_keeps " in
    *' native '*) cf_fact open native ;;
    *) [ -z "$CF_MOVING_NATIVE" ] || cf_fact open native ;;
    esac
    for cf_stack in $CF_MOVING_NATIVE; do
        grep -lsF "<string>{\"stack\": \"$cf_stack\"," "$HOME/Library/LaunchAgents"/io.carbon-fleet.native.*.plist \
            >/dev/null || continue
        cf_fact carries "native $cf_stack"
        for cf_place in "$HOME/.local/share/carbon-fleet/native/$cf_stack"/*/; do
            if [ -d "$cf_place" ]; then
                cf_place=${cf_place%/}
                cf_moving_size "$cf_place" "$cf_stack ${cf_place##*/}"
            fi
        done
    done
}

cf_moving_size() { # PATH WHAT   its KiB, and when anything in it was last written
    # shellcheck disable=SC2016 # it is perl
    cf_size=$(cf_deadline 10 du -sk "$1" 2>/dev/null | cut -f 1
        cf_deadline 10 find "$1" -exec perl -e 'for (@ARGV) { my $at = (lstat)[9] || 0; $most = $at if $at > $most } print "$most\n"' \
            {} + 2>/dev/null | sort -n | tail -n 1)
    cf_fact volume "$2 $(printf '%s' "$cf_size" | tr '\n' ' ')"
}

# A stack's folder tells that Apple's container has it; of a volume only its disk can be looked at, whoever has it.
cf_moving_apple() {
    cf_stacks=
    for cf_stack in $CF_MOVING_APPLE; do
        if [ -f "$HOME/.config/carbon-fleet/apple-container/$cf_stack/containers.json" ]; then
            cf_fact carries "apple-container $cf_stack"
            cf_stacks="$cf_stacks $cf_stack"
        fi
    done
    case "$cf_stacks/ $cf_keeps " in
    /*' apple-container '* | ' '*) ;;
    *) return 0 ;;
    esac
    for cf_cli in "$CF_MOVING_PREFIX/bin/container" /usr/local/bin/container; do
        [ ! -x "$cf_cli" ] || break
    done
    if ! cf_deadline 15 "$cf_cli" system status >/dev/null 2>&1; then
        [ -z "$cf_stacks" ] || cf_fact closed apple-container
        return 0
    fi
    cf_fact open apple
    for cf_stack in $cf_stacks; do
        # shellcheck disable=SC2016 # it is perl
        cf_deadline 15 "$cf_cli" volume list --format json 2>/dev/null | perl -MJSON::PP -e '
            my $all = JSON::PP->new->utf8->decode(do { local $/; <STDIN> });
            for my $of (map { $_->{configuration} } @$all) {
                print "$of->{name} $of->{source}\n" if (($of->{labels} || {})->{"io.carbon-fleet.stack"} || "") eq $ARGV[0];
            }' "$cf_stack" >"$cf_tmp/disks" 2>/dev/null || continue
        while read -r cf_volume cf_place; do
            cf_moving_size "$cf_place" "$cf_stack $cf_volume"
        done <"$cf_tmp/disks"
    done
}
