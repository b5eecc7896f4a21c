# Fill a new machine with the volumes that were saved of the old one, and compare each file.   NAME PROVIDER
# shellcheck disable=SC2154 # lib.sh and replaced.sh stand before this
lost() { # WORDS
    echo "$1" >&2
    exit 1
}

options_for() { # LABELS-JSON   a --label=… a line; Go escapes < > & and what JSON must
    printf %s "$1" | perl -0ne '
        while (/"((?:[^"\\]|\\.)*)"\s*:\s*"((?:[^"\\]|\\.)*)"/g) {
            my $label = "$1=$2";
            $label =~ s/\\u00([0-9a-f]{2})/chr hex $1/gie;
            $label =~ s/\\(["\\\/])/$1/g;
            print "--label=$label\n";
        }'
}

way_in "$json" || lost "$json tells no way into the new machine"
within 60 inside root 'podman volume ls' >/dev/null || lost "podman does not answer in the new machine"
[ -e "$kept/carried" ] || exit 0
while IFS='|' read -r who volume sum print labels <&3; do
    echo "bringing the volume $volume" >&2
    set -- "$volume" "$sum"
    while read -r label <&4; do
        [ -z "$label" ] || set -- "$@" "$label"
    done 4<<END
$(options_for "$labels")
END
    inside "$who" "$(inside_fill)" "$@" <"$kept/$who/$volume.tar" >&2 || lost "the volume $volume could not be brought"
    # shellcheck disable=SC2016 # the machine's shell expands it
    place=$(inside "$who" 'podman volume inspect --format "{{.Mountpoint}}" "$1"' "$volume" </dev/null) ||
        lost "the volume $volume is not in the new machine"
    found=$(inside root "$(inside_print)" "$place" </dev/null)
    [ "$found" = "$print" ] || lost "the volume $volume is not in the new machine what it was in the old one"
done 3<"$kept/carried"
