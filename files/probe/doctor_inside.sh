# What only the doctor asks inside the virtual machine: its boots, its disk, failed units, and the GPU as a container has it.
section_doctor_inside() {
    cf_doctor_journal boots kernel '^Linux version'
    cf_doctor_journal reboot_keys systemd-logind 'Reboot key pressed'
    cf_block used 3 df -kP /var || :
    cf_block failed 3 systemctl list-units --failed --plain --no-legend --no-pager || :
    # vulkan-check looks anew, and says in one line which driver a container really gets. Where the GPU hangs it takes
    # 25 s to say so (a probe of 5, a computation of 20): what takes longer has hung, too.
    if [ -n "$CF_DOCTOR_CHECK" ]; then
        cf_block vulkan 30 podman exec "$CF_DOCTOR_CHECK" vulkan-check once || :
    fi
    return 0
}

# How many lines of a day the journal has of WHO with these words; nothing is said where it cannot tell.
# shellcheck disable=SC2154 # cf_tmp is lib.sh's
cf_doctor_journal() { # KEY WHO WORDS
    cf_status=0
    cf_deadline 5 journalctl --quiet --no-pager --output=cat --since=-24h --identifier="$2" --grep="$3" \
        >"$cf_tmp/journal" 2>/dev/null || cf_status=$?
    if [ "$cf_status" -le 1 ]; then
        cf_fact "$1" "$(($(wc -l <"$cf_tmp/journal")))"
    fi
}
