# What the lab file wants to know of this Mac's power settings; a lab that manages none asks nothing.
section_power() {
    cf_fact asked "$CF_POWER_ASKED"
    if [ "$CF_POWER_ASKED" = yes ]; then
        cf_block custom 5 pmset -g custom || :
    fi
}
