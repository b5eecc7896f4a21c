# The Quadlet units of the stacks, what systemd made of them, and every container there is.
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
}
