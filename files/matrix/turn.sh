# Starts a runtime that does not run, tries it, and stops it again. Whatever ends this in between, its keeper stops it.
# What has come to run since the look is a person's: it is tried, and neither started nor stopped.
section_turn() {
    cf_runs
    case $cf_found in
    0)
        cf_fact theirs yes
        cf_try
        return 0
        ;;
    1) ;;
    *)
        cf_fact theirs unknown
        return 0
        ;;
    esac
    cf_keep
    cf_began=$(cf_milliseconds)
    if cf_block start "$CF_START_SECONDS" /bin/sh -c "$CF_START"; then
        cf_fact milliseconds "$(($(cf_milliseconds) - cf_began))"
        cf_try
    fi
    # Also what did not start: half of it may be there.
    cf_block stop "$CF_STOP_SECONDS" /bin/sh -c "$CF_STOP" || :
    kill -s USR1 "$cf_keeper"
    wait "$cf_keeper" || :
    cf_runs
    [ "$cf_found" -eq 1 ] || cf_fact still "$cf_found"
}

cf_runs() { # into cf_found: 0 it runs, 1 it does not
    cf_found=0
    cf_deadline 40 /bin/sh -c "$CF_RUNS" >/dev/null 2>&1 || cf_found=$?
}

# In a process group of its own, so that neither a deadline nor a lost connection ends it: it waits for the end of its
# parent, whichever that is, and then stops what was started. It has no deadline program: that one ends with its parent.
cf_keep() {
    perl -e '$parent = getppid; setpgrp(0, 0); @SIG{qw(HUP INT PIPE)} = ("IGNORE") x 3; $SIG{USR1} = sub { exit 0 };
        sleep 1 while getppid == $parent; alarm shift; exec "/bin/sh", "-c", @ARGV' \
        "$CF_STOP_SECONDS" "$CF_ENGINE rm -f carbon-fleet-matrix; $CF_STOP" </dev/null >/dev/null 2>&1 &
    cf_keeper=$!
}

cf_milliseconds() {
    perl -MTime::HiRes=time -e 'printf "%d", time * 1000'
}
