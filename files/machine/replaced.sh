# What the scripts that replace a machine share, after lib.sh. How far it is stands in a note beside the others of this
# machine: line 1 `saving`, `saved`, `moving` (the old machine's files) or `moved` (another may be made), line 2 the folder.
# shellcheck shell=sh disable=SC2034,SC2154,SC2317
replacing=$state.replacing
store=$HOME/.local/state/carbon-fleet/replaced/$name
kept=$(sed -n 2p "$replacing" 2>/dev/null)

fresh_folder() { # into `kept`: one that nobody had, for two within one second would put one machine's disk over the other's
    mkdir -p "$store" || return 1
    for try in 1 2 3; do
        kept=$store/$(date -u +%Y%m%dT%H%M%SZ)
        ! mkdir "$kept" 2>/dev/null || return 0
        sleep 1
    done
    return 1
}

phase() { sed -n 1p "$replacing" 2>/dev/null; }

reach() { note replacing "$1" "$kept"; } # PHASE

# podman 5 finds a machine only under its own provider, and so do the names of lib.sh.
at() { # PROVIDER
    provider=$1
    json=${XDG_CONFIG_HOME:-$HOME/.config}/containers/podman/machine/$provider/$name.json
    data=${XDG_DATA_HOME:-$HOME/.local/share}/containers/podman/machine/$provider
    CONTAINERS_MACHINE_PROVIDER=$provider
    export CONTAINERS_MACHINE_PROVIDER
}

at_here() { # the provider of the machine that is there now
    for here in applehv libkrun; do
        at "$here"
        [ ! -e "$json" ] || return 0
    done
}

# What was stopped in the machine so that nothing wrote while it was read. Units that systemd starts by itself may run already.
wake() {
    for who in root "${user:-core}"; do
        if [ -s "$kept/quiet-$who" ]; then
            inside "$who" "$(inside_wake)" <"$kept/quiet-$who" >/dev/null 2>&1
        fi
    done
    again once >/dev/null 2>&1
    return 0
}

kept_script() { # NAME   what comes on standard input, as a command for a person
    { printf '#!/bin/sh\nset -- %s %s\nPATH=%s\n' "$name" "$provider" "$(quoted "$PATH" | cut -c 2-)" && cat; } >"$kept/$1" &&
        chmod 700 "$kept/$1"
}

halt() { # SECONDS   the machine that is in its place; fails while it runs
    forget_pid_file
    within "$1" podman machine stop "$name" >&2
    tries=0
    while [ -n "$(hypervisor)" ] && [ "$tries" -lt 25 ]; do
        sleep 0.2
        tries=$((tries + 1))
    done
    [ -z "$(hypervisor)" ] && clean
}

one_file_system() { # what is kept, and podman's own folder: only then is a move a rename, whole or not at all
    for place in "$kept" "$data"; do
        df -Pk "$place" | awk 'NR == 2 { print $1 }'
    done | uniq | wc -l | grep -q '^ *1$'
}

put() { # FROM TO   once more is no harm
    [ ! -e "$1" ] || mv -f "$1" "$2"
}

disk_of() { # JSON   where this machine's disk lies
    found=$(perl -0ne 'print $1 if /"ImagePath":\s*\{\s*"Path":\s*"([^"]+)"/' "$1" 2>/dev/null)
    printf %s "${found:-$data/$name-arm64.raw}"
}

# Out of podman's folders, whose every *.json it reads: first that file, so that podman never sees a machine without its
# disk. All are renames within one file system. The port stays noted as taken: it is this machine's when it comes back.
set_aside() { # FOLDER
    mkdir -p "$1/machine" && printf '%s\n' "$provider" >"$1/machine/provider" || return 1
    if [ -e "$json" ]; then
        cp -p "$json" "$1/machine/copy" || return 1
        connections=${PODMAN_CONNECTIONS_CONF:-${XDG_CONFIG_HOME:-$HOME/.config}/containers/podman-connections.json}
        perl -0ne 'print $1 if /"Default":\s*"([^"]*)"/' "$connections" >"$1/machine/default" 2>/dev/null
    fi
    place=$(disk_of "$1/machine/copy")
    put "$json" "$1/machine/$name.json" &&
        put "$place" "$1/machine/$name-arm64.raw" &&
        put "$data/efi-bl-$name" "$1/machine/efi-bl-$name" &&
        put "${json%.json}.ign" "$1/machine/$name.ign" &&
        put "$state.made" "$1/machine/made"
}

# The other way round: the file podman knows a machine by comes last, as `podman machine init` writes it.
bring_back() { # FOLDER
    [ ! -s "$1/machine/provider" ] || at "$(cat "$1/machine/provider")"
    put "$1/machine/made" "$state.made" &&
        put "$1/machine/$name.ign" "${json%.json}.ign" &&
        put "$1/machine/efi-bl-$name" "$data/efi-bl-$name" &&
        put "$1/machine/$name-arm64.raw" "$(disk_of "$1/machine/copy")" &&
        put "$1/machine/$name.json" "$json"
}

# podman 6 starts no machine without its connections.
reconnect() { # DEFAULT
    way_in "$json" || return 1
    for connection in "$name" "$name-root"; do
        podman system connection remove "$connection" >/dev/null 2>&1
    done
    podman system connection add --identity "$identity" "$name" \
        "ssh://$user@127.0.0.1:$port/run/user/$uid/podman/podman.sock" &&
        podman system connection add --identity "$identity" "$name-root" "ssh://root@127.0.0.1:$port/run/podman/podman.sock" &&
        { [ -z "$1" ] || podman system connection default "$1"; }
}

# A machine that was being made in the old one's place. Nobody but us was in it, and what it got is kept.
unmake() {
    [ "$(phase)" = moved ] || return 0
    at "$(cat "$kept/next")"
    if [ -e "$json" ]; then
        forget_pid_file
        within 150 podman machine rm -f "$name" >&2
    fi
    for left in $(hypervisor); do
        end "$left"
    done
    rm -f "$json"
    clean
    rm -f "$data/$name-arm64.raw" "$data/efi-bl-$name" "${json%.json}.ign" "$state.made" "$state.mark"
    # What comes next puts the old machine there: it must never be taken for the new one.
    reach moving
}

# A folder in which there is no disk any more.
discard() { # FOLDER
    if [ -n "$1" ] && [ ! -e "$1/machine/$name-arm64.raw" ]; then
        rm -rf "$1"
    fi
}

revive() { # start the machine, and what ran in it, unless it was found stopped
    [ ! -e "$kept/was-stopped" ] || return 0
    if [ -z "$(hypervisor)" ]; then
        clean && within 300 podman machine start "$name" >&2 || return 1
    fi
    way_in "$json" && wake
    return 0
}

# After a failure: the old machine as it was. 80 where it is, 81 where a person has to do the rest.
put_back() { # WHY
    echo "putting the machine $name back as it was" >&2
    chosen=$(cat "$kept/machine/default" 2>/dev/null)
    if unmake && bring_back "$kept" && { [ ! -e "$kept/machine/copy" ] || reconnect "$chosen" >&2; } && revive; then
        rm -f "$replacing" && discard "$kept"
        echo "$1: the old machine $name is back, with all it held" >&2
        exit 80
    fi
    echo "$1, and the old machine could not be put back whole: it is started by \`sh $kept/restore\`" >&2
    exit 81
}
