# To where containers run on a host that has no machine for them: root, in this very session. The deadline is root's
# own: a user may not end what sudo started.
cf_hop() { # reads the script from standard input
    # shellcheck disable=SC2154  # lib.sh assigns it, in the same script
    cat >"$cf_tmp/guest.sh"
    printf '%%guest open\n'
    cf_status=0
    set -- timeout -k 2 "$CF_GUEST_SECONDS" /bin/sh -s
    [ "$(id -u)" -eq 0 ] || set -- sudo -n -H -- "$@"
    "$@" <"$cf_tmp/guest.sh" 2>"$cf_tmp/err" || cf_status=$?
    if [ "$cf_status" -eq 0 ]; then
        printf '%%guest reached here\n'
    else
        # A first newline: it may have ended in the middle of a line.
        printf '\n%%guest unreadable exit status %s: %s\n' "$cf_status" "$(tail -n 1 "$cf_tmp/err")"
    fi
}
