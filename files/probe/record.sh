# What was last applied to this Mac for the lab that asks, as carbon-fleet itself noted it, what it found before, and
# which macOS runs. It belongs to no resource: nothing differs by it, it only tells why something does.
section_record() {
    for cf_kind in applied found; do
        cf_record=$HOME/.local/state/carbon-fleet/$cf_kind-$CF_RECORD_LAB.json
        if [ -f "$cf_record" ] && [ "$(($(wc -c <"$cf_record")))" -gt 1048576 ]; then
            cf_fact big "$cf_record"
        else
            cf_file "$cf_record" || :
        fi
    done
    cf_record_absent
    cf_record_others
    cf_block macos 5 sw_vers || :
}

# Which of the paths that may come into being are not there, and which of their folders are not.
cf_record_absent() {
    while IFS= read -r cf_place; do
        cf_place=${cf_place%/}
        while [ -n "$cf_place" ] && [ "$cf_place" != '~' ]; do
            cf_path=$(cf_home "$cf_place")
            if [ -e "$cf_path" ] || [ -L "$cf_path" ]; then
                break
            fi
            echo "absent=$cf_place"
            cf_place=${cf_place%/*}
        done
    done <<CF_PLACES
$CF_RECORD_PLACES
CF_PLACES
}

# What other labs have applied here, of all that tells no lab's name itself: this lab takes none of it away.
cf_record_others() {
    for cf_path in "$HOME/.local/state/carbon-fleet"/applied-*.json; do
        cf_lab=${cf_path##*/applied-}
        cf_lab=${cf_lab%.json}
        if [ -f "$cf_path" ] && [ "$cf_lab" != "$CF_RECORD_LAB" ]; then
            grep -oE '"((docker|apple_container|native)[.]stack|environment)[.][^"]*"' "$cf_path" | tr -d '"' |
                while IFS= read -r cf_address; do
                    cf_fact other "$cf_lab $cf_address"
                done
        fi
    done
}
