# What was last applied to this Mac for the lab that asks, as carbon-fleet itself noted it, and which macOS runs.
# It belongs to no resource: nothing differs by it, it only tells why something does.
section_record() {
    cf_record=$HOME/.local/state/carbon-fleet/applied-$CF_RECORD_LAB.json
    if [ -f "$cf_record" ] && [ "$(($(wc -c <"$cf_record")))" -gt 1048576 ]; then
        cf_fact big "$cf_record"
    else
        cf_file "$cf_record" || :
    fi
    cf_block macos 5 sw_vers || :
}
