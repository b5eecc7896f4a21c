# Into the virtual machine: one ssh, with the key and port that `podman machine inspect` told the machine section just now.
cf_hop() { # reads the guest's script from standard input
    # shellcheck disable=SC2154  # lib.sh assigns it, in the same script
    if [ ! -s "$cf_tmp/hop" ]; then
        printf '%%guest %s\n' "$(cat "$cf_tmp/machine-state" 2>/dev/null || echo absent)"
        return 0
    fi
    { read -r cf_identity && read -r cf_port; } <"$cf_tmp/hop"
    {
        [ ! -e "$cf_tmp/due" ] || echo CF_GUEST_STAKE=yes
        cat
    } >"$cf_tmp/guest.sh"
    printf '%%guest open\n'
    cf_status=0
    cf_deadline "$CF_GUEST_SECONDS" ssh -F /dev/null -T -i "$cf_identity" -p "$cf_port" \
        -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
        -o BatchMode=yes -o ConnectTimeout=10 root@127.0.0.1 /bin/sh -s \
        <"$cf_tmp/guest.sh" 2>"$cf_tmp/err" || cf_status=$?
    if [ "$cf_status" -eq 0 ]; then
        printf '%%guest reached\n'
    else
        # A first newline: the guest may have ended in the middle of a line.
        printf '\n%%guest unreadable exit status %s: %s\n' "$cf_status" "$(tail -n 1 "$cf_tmp/err")"
    fi
}
