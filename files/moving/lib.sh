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
brief=120    # seconds that an engine may take for an answer, or for a change of one container or volume
stopping=300 # a container's stop or start: it may have a long grace
whole=42000  # all that reads and fills volumes; and of one volume, where nobody says more
lasts=$whole
began=$(date +%s)
helper=carbon-fleet-moving
[ "$stack" != - ] || helper=carbon-fleet-volume-$$

limited() { # SECONDS COMMAND...   124 where they are over
    perl -e "$(deadline_text)" "$@"
    ended=$?
    case $ended${3-} in
    124-*) ;;
    124*) echo "${2##*/} $3 did not end within $1 seconds" >&2 ;;
    esac
    return "$ended"
}

volume_lasts() { # KIB   into `lasts`: what is slower than 2 MiB/s hangs
    lasts=$((900 + $1 / 2048)) remains=$((whole + began - $(date +%s)))
    [ "$lasts" -le "$remains" ] || lasts=$remains
    [ "$lasts" -gt 0 ] || lasts=1
}

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

# Where a runtime does not answer, its volume may be there still: only `has` that ends with 1 says that it is not.
gone() { # old|new VOLUME
    found=0
    "$1" has "$2" || found=$?
    case $found in
    0) "$1" forget "$2" ;;
    1) ;;
    *) return 1 ;;
    esac
}

# What the new runtime got by this move. Nobody but us was in it, and the old one has all of it. Where it got nothing yet, it
# need not even be there.
take_away() {
    [ ! -e "$kept/untouched" ] || return 0
    new drop "$stack" || return 1
    [ ! -e "$kept/made" ] || while read -r volume <&4; do
        gone new "$volume" || return 1
    done 4<"$kept/made"
}

begin_again() { # the old one; what reached it before may have gone, or come back, since
    old opens && old start "$stack" "$seconds"
}

had() { # what may be on the new runtime, and what to do where that never answers again
    volumes=$(tr '\n' ' ' <"$kept/made" 2>/dev/null | sed 's/ $//; s/ /, /g')
    echo "containers of $stack${volumes:+, the volumes $volumes}; should $target never come back, rm -r '$note' '$kept' on the Mac forgets the move"
}

last() { # TEXT   its last line, which says why
    printf '%s\n' "$1" | grep . | tail -n 1 | cut -c 1-300
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
    # Each in a shell of its own: whatever ends it, the other is still done. No file on the way, where the disk may be full.
    taken=yes back=yes
    away=$(take_away 2>&1) || taken=no
    up=$(begin_again 2>&1) || back=no
    printf '%s\n' "$away" "$up" | grep . >&2
    if [ "$taken$back" = yesyes ]; then
        forgotten
        echo "$1: the stack $stack is back on $source, with all it held" >&2
        exit "${2:-80}"
    fi
    now="the stack $stack runs on $source again, with all it held"
    [ "$back" = yes ] || now="the stack $stack does not work on $source either ($(last "$up")); its volumes there are untouched"
    [ "$taken" = yes ] || now="$now; on $target is left what it had got ($(last "$away")): $(had)"
    echo "$1, and $now. Mend that, and run apply again" >&2
    exit 81
}
