# Which provider podman would choose: our drop-in, and the variables that overrule any file.
section_provider() {
    cf_fact home "$HOME"
    if [ -n "$CF_PROVIDER_DROP_IN" ]; then
        cf_file "$(cf_home "$CF_PROVIDER_DROP_IN")"
    fi
    for cf_variable in CONTAINERS_MACHINE_PROVIDER CONTAINERS_CONF CONTAINERS_CONF_OVERRIDE XDG_CONFIG_HOME; do
        if eval "[ -n \"\${$cf_variable+set}\" ]"; then
            eval "cf_fact \"env.$cf_variable\" \"\${$cf_variable}\""
        fi
    done
}
