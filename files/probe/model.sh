# The models in the virtual machine: each file, the note of what was checked, copies that were cut off, and which
# models units name.
section_model() {
    for cf_path in "$CF_MODEL_FOLDER"/*; do
        cf_name=${cf_path##*/}
        if [ ${#cf_name} -eq 64 ] && [ -f "$cf_path" ]; then
            cf_fact model "$cf_name $(stat -c '%s %Y %i %a' "$cf_path")"
        elif [ "${cf_name##*.}" = checked ]; then
            cf_fact checked "${cf_name%.checked} $(cat "$cf_path")"
        elif [ "${cf_name##*.}" = part ]; then
            cf_fact part "${cf_name%.part} $(stat -c %s "$cf_path")"
        fi
    done
    # A unit that was put aside for going back names its model, too. Folders without blanks, meant to be split.
    set --
    for cf_path in $CF_MODEL_UNITS; do
        [ ! -d "$cf_path" ] || set -- "$@" "$cf_path"
    done
    if [ $# -gt 0 ]; then
        cf_block named 5 grep -rhoE "$CF_MODEL_FOLDER/[0-9a-f]{64}" "$@" || :
    fi
}
