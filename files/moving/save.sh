# Stop a stack and save its volumes on this Mac, checked, before another runtime carries it.   STACK FROM TO MACHINE SECONDS carry|leave VOLUME...
# shellcheck disable=SC2154 # lib.sh stands before this
mode=$1
shift
room=262144 # KiB that stay free on the Mac, come what may
case $(phase) in
'' | saving) ;;
*)
    echo "the stack $stack is being moved already: run the same command again, it goes on" >&2
    exit 75
    ;;
esac

unsaved() { # WORDS [STATUS]
    [ -z "$(phase)" ] || put_back "$1" "${2:-79}"
    rm -rf "${kept:?}"
    rmdir "$state/moved/$stack" "$state/moved" 2>/dev/null || :
    echo "$1: the stack $stack is on $source as before" >&2
    exit "${2:-79}"
}

if [ -z "$(phase)" ]; then
    # Without a note, a folder that keeps nothing is of a run that was cut off before its note was there, or after it went.
    for cut in "$state/moved/$stack"/*/; do
        [ ! -d "$cut" ] || [ -e "${cut}done" ] || rm -rf "$cut"
    done
    fresh_folder || { echo "no folder can be made in $state: nothing was done" >&2 && exit 79; }
fi
there() { # old|new VOLUME   whether it is; where nobody can tell, nothing may begin without it
    found=0 on=$source
    [ "$1" = old ] || on=$target
    "$1" has "$2" || found=$?
    [ "$found" -le 1 ] || unsaved "whether $on has a volume $2 could not be told"
    return "$found"
}

old opens || unsaved "$source cannot be reached"
new opens || unsaved "$target cannot be reached"
# What an earlier run, cut off, had brought.
[ -z "$(phase)" ] || take_away || unsaved "what $target got before could not be taken away"
for list in made volumes left carried untouched; do
    : >"$kept/$list" || unsaved "nothing can be written to $kept"
done
kib=0
for volume; do
    if ! there old "$volume"; then
        there new "$volume" || echo "$volume" >>"$kept/made"
    elif [ "$mode" = leave ]; then
        echo "$volume" >>"$kept/left"
        there new "$volume" || echo "$volume" >>"$kept/made"
    else
        if there new "$volume" && new full "$volume"; then
            unsaved "the volume $volume is on $target already, and something is in it" 72
        fi
        size=$(old kib "$volume") || unsaved "the size of the volume $volume could not be told"
        kib=$((kib + size))
        echo "$volume" >>"$kept/volumes"
        echo "$volume" >>"$kept/made"
    fi
done
free=$(df -Pk "$kept" | awk 'NR == 2 { print $4 }')
# Once as they are saved, once more as they grow the new runtime's disk.
need=$((kib * 2 + room))
if [ "$free" -lt "$need" ]; then
    unsaved "moving it needs $((need >> 10)) MiB on this Mac (its volumes have $((kib >> 10))), and $((free >> 10)) MiB are free" 88
fi
reach saving || unsaved "no note could be made of it"
old stop "$stack" >&2 || put_back "it could not be stopped" 79
while read -r volume <&3; do
    echo "saving the volume $volume" >&2
    volume_lasts "$kib"
    old out "$volume" >"$kept/$volume.tar" 2>"$kept/said" ||
        put_back "the volume $volume could not be exported ($(tail -n 1 "$kept/said"))" 79
    sum=$(summed <"$kept/$volume.tar")
    [ "sha256 $sum" = "$(tail -n 1 "$kept/said")" ] ||
        put_back "of the volume $volume not the same arrived on the Mac as was sent (its sha256 differs)" 79
    print=$(old print "$volume") || put_back "the volume $volume could not be read" 79
    printf '%s|%s|%s\n' "$volume" "$sum" "$print" >>"$kept/carried"
done 3<"$kept/volumes"
rm -f "$kept/said"
sync
reach saved || put_back "no note could be made of it" 79
