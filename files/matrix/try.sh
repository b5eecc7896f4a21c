# Runs the proof in a container of an engine that runs, when it has our image; the container is gone afterwards.
# The engine's command is CF_ENGINE, quoted words; DOCKER_HOST and CONTAINER_CONNECTION, exported by the caller, say
# which of its servers.
# shellcheck disable=SC2154 # cf_tmp is lib.sh's
section_try() {
    cf_try
}

cf_try() {
    if ! cf_deadline 30 /bin/sh -c "exec $CF_ENGINE \"\$@\"" engine image inspect "$CF_IMAGE" \
        >"$cf_tmp/image" 2>"$cf_tmp/image-err"; then
        cf_fact image absent
        cf_quote '!' "$cf_tmp/image-err"
        return 0
    fi
    # A tag is a name that anybody can give; the label holds the digest of all that went in.
    if ! grep -q "$CF_DIGEST" "$cf_tmp/image"; then
        cf_fact image other
        return 0
    fi
    cf_fact image there
    trap 'cf_remove; exit 143' HUP INT TERM PIPE
    if [ -z "$CF_DEVICE" ]; then
        cf_prove
    elif cf_prove --device "$CF_DEVICE"; then
        cf_fact device given
    elif [ -s "$cf_tmp/out" ] || [ "$cf_proved" -eq 124 ]; then
        cf_fact device given
    else
        cf_fact device refused
        cf_quote '!' "$cf_tmp/err"
        cf_prove
    fi
    return 0
}

cf_prove() { # OPTION...
    cf_proved=0
    cf_block proof "$CF_SECONDS" /bin/sh -c "exec $CF_ENGINE \"\$@\"" engine run --rm --name carbon-fleet-matrix "$@" \
        --env "CARBON_ACCEPT=$CF_ACCEPT" --env "CARBON_PROVE_SECONDS=$CF_PROVE_SECONDS" "$CF_IMAGE" prove --json \
        || cf_proved=$?
    if [ "$cf_proved" -gt 1 ]; then
        cf_remove # one that was never made, or was ended by --rm, is none: that is no trouble
    fi
    return "$cf_proved"
}

cf_remove() {
    cf_deadline 20 /bin/sh -c "exec $CF_ENGINE \"\$@\"" engine rm -f carbon-fleet-matrix >"$cf_tmp/removed" 2>&1 || :
}
