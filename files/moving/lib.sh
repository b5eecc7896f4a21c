# What the scripts of a move share. How far it is stands in a note on the Mac: line 1 `saving` (the old one is being stopped,
# its volumes saved), `saved`, `brought` (they are in the new runtime) or `arrived` (the new one works); then the folder, from
# which runtime, to which. Each runtime has its functions in a file beside this: `old VERB` and `new VERB` call them.
# shellcheck shell=sh disable=SC2034,SC2317
set -u
umask 077
stack=$1 source=$2 target=$3 machine=$4 seconds=$5
shift 5
state=$HOME/.local/state/carbon-fleet
note=$state/moving/$stack
owners=yes # whether files keep theirs: on the Mac itself all are the login user's
case $source/$target in *native*) owners=no ;; esac
kept=$state/moved/$stack/$(sed -n 2p "$note" 2>/dev/null)

phase() { sed -n 1p "$note" 2>/dev/null; }

reach() { # PHASE
    mkdir -p "$state/moving" && printf '%s\n' "$1" "${kept##*/}" "$source" "$target" >"$state/moving/.$stack.new" &&
        mv -f "$state/moving/.$stack.new" "$note"
}

fresh_folder() { # into `kept`: one that nobody had
    mkdir -p "$state/moved/$stack" || return 1
    for try in 1 2 3; do
        kept=$state/moved/$stack/$(date -u +%Y%m%dT%H%M%SZ)
        ! mkdir "$kept" 2>/dev/null || return 0
        sleep 1
    done
    return 1
}

old() { # VERB WORD...
    verb=$1
    shift
    "${source%%-*}_$verb" "$@"
}

new() { # VERB WORD...
    verb=$1
    shift
    "${target%%-*}_$verb" "$@"
}

# What the new runtime got by this move. Nobody but us was in it, and the old one has all of it.
take_away() {
    new drop "$stack" || return 1
    [ ! -e "$kept/made" ] || while read -r volume <&4; do
        ! new has "$volume" || new forget "$volume" || return 1
    done 4<"$kept/made"
}

forgotten() { # the note and the folder
    rm -f "$note"
    rm -rf "${kept:?}"
    rmdir "$state/moved/$stack" "$state/moved" "$state/moving" 2>/dev/null || :
}

# After a failure: the old one as it was. 80 where it is, 81 where a person has to look.
put_back() { # WHY [STATUS]
    echo "putting the stack $stack back on $source" >&2
    # Cut off from here on, the next run saves anew: the old one may have been written to.
    reach saving
    if ! take_away >&2; then
        old start "$stack" "$seconds" >&2 || :
        echo "$1, and what $target had got could not be taken away: mend that, and run apply again; the volumes on $source are untouched" >&2
        exit 81
    fi
    if ! old start "$stack" "$seconds" >&2; then
        echo "$1, and on $source the stack $stack does not work either: its volumes there are untouched; look at it, and run apply again" >&2
        exit 81
    fi
    forgotten
    echo "$1: the stack $stack is back on $source, with all it held" >&2
    exit "${2:-80}"
}
