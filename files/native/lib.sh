# How a program that launchd runs is taken out of it, and asked whether it works.
has() { # DOMAIN LABEL
    launchctl print "$1/$2" >/dev/null 2>&1
}
pid_of() { # DOMAIN LABEL   nothing while it does not run
    launchctl print "$1/$2" 2>/dev/null | awk '/^\tpid = [0-9]+$/ { print $3; exit }'
}
out() { # DOMAIN LABEL   bootout answers before it is done, and a bootstrap in between fails with 5: Input/output error
    has "$1" "$2" || return 0
    launchctl bootout "$1/$2" >&2
    tries=0
    while has "$1" "$2"; do
        tries=$((tries + 1))
        if [ "$tries" -gt 90 ]; then
            echo "launchd still has $1/$2 after 45 s: run \`launchctl bootout $1/$2\` on this Mac and look what it says" >&2
            exit 75
        fi
        sleep 0.5
    done
}
