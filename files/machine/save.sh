# Save a machine's volumes and definitions on this Mac, checked, before it is replaced.   NAME PROVIDER SECONDS KIB COMMAND...
# shellcheck disable=SC2154,SC2119 # lib.sh and replaced.sh stand before this
seconds=$1
room=$2
shift 2
umask 077
case $(phase) in
mov*)
    echo "the machine $name is being replaced already: run the same command again, it goes on" >&2
    exit 75
    ;;
esac

unsaved() { # WORDS [STATUS]   nothing was changed but what is undone here
    wake
    if [ -e "$kept/was-stopped" ] && [ -n "$(hypervisor)" ]; then
        halt 150
    fi
    discard "$kept"
    rm -f "$replacing"
    echo "$1; the machine $name is as it was" >&2
    exit "${2:-79}"
}

unreached() { # WORDS
    unsaved "$1, so that what it holds cannot be saved (--leave-data MAC leaves all of it on its disk, which is kept)"
}

# What a run that was cut off had saved may be old by now; what it had stopped is still to be started.
before=$kept
if ! fresh_folder; then
    echo "no folder can be made in $store; the machine $name is as it was" >&2
    exit 79
fi
for told in "$before"/quiet-* "$before/was-stopped"; do
    [ "$before" = "$kept" ] || [ ! -e "$told" ] || cp "$told" "$kept/"
done
reach saving || unsaved "no note could be made of it"
[ "$before" = "$kept" ] || discard "$before"
one_file_system || unsaved "$store and $data are not on one file system: a disk could not be set aside by a rename" 88
if [ -z "$(hypervisor)" ]; then
    : >"$kept/was-stopped"
    { clean && within "$seconds" "$@" >&2; } || unreached "it does not start"
fi
way_in "$json" || unreached "its file $json tells no way into it"
within 60 inside root : || unreached "it cannot be entered by ssh"

: >"$kept/volumes"
for who in root "$user"; do
    inside "$who" "$(inside_volumes)" </dev/null >"$kept/volumes-$who" || unsaved "its volumes could not be listed"
    inside "$who" "$(inside_defined)" </dev/null >"$kept/containers-$who.json" || unsaved "its containers could not be read"
    inside "$who" "$(inside_made)" </dev/null >"$kept/made-$who" || unsaved "how its containers were made could not be read"
    awk -v who="$who" '{ print who "|" $0 }' "$kept/volumes-$who" >>"$kept/volumes"
done
awk -F '|' '$3 == "local" && ($5 == "{}" || $5 == "\"\"" || $5 == "null") { print $4 }' "$kept/volumes" >"$kept/said"
kib=$(inside root "$(inside_sizes)" <"$kept/said") || unsaved "the size of its volumes could not be told"
free=$(df -Pk "$kept" | awk 'NR == 2 { print $4 }')
# Once as they are saved, once more as they grow the new machine's disk.
need=$((kib * 2 + room))
if [ "$free" -lt "$need" ]; then
    unsaved "replacing it needs $((need >> 10)) MiB on this Mac (its volumes have $((kib >> 10))), and $((free >> 10)) MiB are free" 88
fi
for who in root "$user"; do
    inside "$who" "$(inside_quiet)" </dev/null >>"$kept/quiet-$who" || unsaved "its containers could not be stopped"
done

: >"$kept/carried"
while IFS='|' read -r who volume driver place options labels <&3; do
    case $driver$options in
    'local""' | 'local{}' | localnull) ;;
    *)
        echo "$who $volume" >>"$kept/not-carried"
        continue
        ;;
    esac
    echo "saving the volume $volume" >&2
    mkdir -p "$kept/$who"
    inside "$who" "$(inside_export)" "$volume" </dev/null >"$kept/$who/$volume.tar" 2>"$kept/said" ||
        unsaved "the volume $volume could not be exported: $(tail -n 1 "$kept/said")"
    sum=$(summed <"$kept/$who/$volume.tar")
    [ "sha256 $sum" = "$(tail -n 1 "$kept/said")" ] ||
        unsaved "of the volume $volume not the same arrived here as was sent (its sha256 differs)"
    print=$(inside root "$(inside_print)" "$place" </dev/null) || unsaved "the volume $volume could not be read"
    printf '%s|%s|%s|%s|%s\n' "$who" "$volume" "$sum" "$print" "$labels" >>"$kept/carried"
done 3<"$kept/volumes"
rm -f "$kept/said"
containers_text | kept_script containers || unsaved "how its containers are made again could not be written"
reach saved
