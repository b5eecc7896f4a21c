# Where `container` is: Homebrew's, else Apple's own package's.
# shellcheck disable=SC2034 # the scripts behind this use it
place=$HOME/.config/carbon-fleet/apple-container
for cli in "$(command -v container 2>/dev/null || :)" /usr/local/bin/container ""; do
    if [ -n "$cli" ] && [ -x "$cli" ]; then
        break
    fi
done
if [ -z "$cli" ] && [ -z "${optional:-}" ]; then
    echo "Apple's container is not installed: run carbon-fleet apply again" >&2
    exit 69
fi
within() { # SECONDS COMMAND...   ends it with a signal of its own when they are over
    perl -e 'my $left = shift; alarm $left; exec { $ARGV[0] } @ARGV; exit 127' "$@"
}
answers() { # whether its services do
    within 15 "$cli" system status >/dev/null 2>&1 </dev/null
}
runs() { # CONTAINER   without --all only those that run are listed
    within 30 "$cli" list --quiet 2>/dev/null </dev/null | grep -Fqx -- "$1"
}
known() { # CONTAINER
    within 30 "$cli" list --all --quiet 2>/dev/null </dev/null | grep -Fqx -- "$1"
}
