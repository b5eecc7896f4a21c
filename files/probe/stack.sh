# The Quadlet units of the stacks, what systemd made of them, every container, the units that are kept, the volumes.
section_stack() {
    for cf_path in "$CF_STACK_FOLDER"/carbon-fleet-*; do
        if [ -e "$cf_path" ] || [ -L "$cf_path" ]; then
            cf_file "$cf_path"
        fi
    done
    # The pattern finds services whose file is gone. Unit names have no blanks, and are meant to be split.
    # shellcheck disable=SC2086
    cf_block units 10 systemctl show \
        --property=Id,LoadState,ActiveState,SubState,NRestarts,NeedDaemonReload,SourcePath \
        $CF_STACK_UNITS 'carbon-fleet-*.service' || :
    cf_block ps 15 podman ps -a --no-trunc --format json || :
    # The driver's image may be removed while a container mounts it: then its folder is there, and lists nothing, though
    # what was opened before may still be found by its name.
    for cf_pid in $(cf_said | sed -n 's/^ *"Pid": \([1-9][0-9]*\),*$/\1/p'); do
        cf_path=/proc/$cf_pid/root$CF_STACK_DRIVER
        if [ -d "$cf_path" ] && [ -z "$(ls -A "$cf_path")" ]; then
            cf_fact driverless "$cf_pid"
        fi
    done
    cf_copies=$CF_STACK_SECRETS
    for cf_path in "$CF_STACK_LABELS"/*; do
        if [ -f "$cf_path" ]; then
            cf_copies=some
            cf_fact secret_label "${cf_path##*/} $(cat "$cf_path")"
        fi
    done
    if [ -n "$cf_copies" ]; then
        # shellcheck disable=SC2016  # the inner sh expands it
        cf_block secrets 15 sh -c 'ids=$(podman secret ls --quiet) && { [ -z "$ids" ] || podman secret inspect $ids; }' || :
    fi
    cf_stack_kept
    cf_stack_volumes
}

# The units stacks may go back to: small files, so their lines are told as they are.
cf_stack_kept() {
    for cf_path in "$CF_STACK_KEPT"/*; do
        if [ -d "$cf_path" ]; then
            cf_fact kept "${cf_path##*/}"
        fi
    done
    if [ -d "$CF_STACK_KEPT" ]; then
        cf_block kept 5 grep -aHr '' "$CF_STACK_KEPT" || :
    fi
}

# podman is asked whose they are only where one is there that no stack has: it takes long to say.
cf_stack_volumes() {
    cf_strange=
    for cf_path in "$CF_STACK_STORE"/*/_data; do
        if [ -d "$cf_path" ]; then
            cf_path=${cf_path%/_data}
            cf_fact volume "${cf_path##*/}"
            case " $CF_STACK_VOLUMES " in
            *" ${cf_path##*/} "*) ;;
            *) cf_strange=yes ;;
            esac
        fi
    done
    if [ -n "$cf_strange" ]; then
        cf_block volumes 15 podman volume ls --format json || :
    fi
}
