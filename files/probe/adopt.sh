# What somebody made of a Mac by hand, as far as no other section asks: for `carbon-fleet adopt` alone.
# Which machine the other sections look at is found out first, in this very look: the one that runs, else the one podman
# means by default, else the only one. What stands outside of section_adopt runs before all sections.
cf_adopt_machines() { # PROVIDER NAME of every machine's file
    for cf_provider in libkrun applehv; do
        for cf_json in "${XDG_CONFIG_HOME:-$HOME/.config}/containers/podman/machine/$cf_provider"/*.json; do
            if [ -f "$cf_json" ] && grep -q '"Version"' "$cf_json"; then
                cf_json=${cf_json##*/}
                printf '%s %s\n' "$cf_provider" "${cf_json%.json}"
            fi
        done
    done
}

cf_adopt_running() { # the names of machines of this user that run
    cf_data=${XDG_DATA_HOME:-$HOME/.local/share}/containers/podman/machine
    cf_deadline 5 ps -axww -o pid=,command= | DATA=$cf_data awk '
        /(krunkit|vfkit) / {
            at = index($0, ENVIRON["DATA"] "/")
            if (!at) next
            rest = substr($0, at + length(ENVIRON["DATA"]) + 1)
            if (match(rest, /^(libkrun|applehv)\/[A-Za-z0-9._-]+-arm64\.raw/)) {
                name = substr(rest, 1, RLENGTH)
                sub(/^[a-z]*\//, "", name)
                sub(/-arm64\.raw$/, "", name)
                print name
            }
        }'
}

cf_adopt_default() { # the machine of podman's default connection
    cf_json=${PODMAN_CONNECTIONS_CONF:-${XDG_CONFIG_HOME:-$HOME/.config}/containers/podman-connections.json}
    if [ -r "$cf_json" ]; then
        cf_default=$(perl -0ne 'print $1 if /"Default":\s*"([A-Za-z0-9._-]+)"/' "$cf_json")
        printf '%s\n%s\n' "${cf_default%-root}" "$cf_default"
    fi
}

cf_adopt_choose() {
    cf_known=$(cf_adopt_machines)
    for cf_name in $CF_ADOPT_MACHINE $(cf_adopt_running) $(cf_adopt_default) $(printf '%s\n' "$cf_known" | cut -d ' ' -f 2); do
        if printf '%s\n' "$cf_known" | grep -q " $cf_name\$"; then
            printf '%s\n' "$cf_name"
            return 0
        fi
    done
    printf '%s\n' "${CF_ADOPT_MACHINE:-$CF_MACHINE_NAME}"
}

CF_MACHINE_NAME=$(cf_adopt_choose)
# shellcheck disable=SC2034  # preflight.sh reads it
CF_PREFLIGHT_MACHINE=$CF_MACHINE_NAME

# Of Lima and Colima by their folders alone: the first instance of the type krunkit is the one section_lima looks at.
cf_adopt_lima() { # KIND INSTANCE TYPE of each
    for cf_kind in lima colima; do
        for cf_yaml in "$(cf_lima_folder "$cf_kind")"/*/lima.yaml; do
            cf_instance=${cf_yaml%/lima.yaml}
            cf_instance=${cf_instance##*/}
            if [ -f "$cf_yaml" ] && cf_own "$cf_kind" "$cf_instance"; then
                printf '%s %s %s\n' "$cf_kind" "$cf_instance" "$(cf_lima_type "$cf_yaml")"
            fi
        done
    done
}

cf_adopt_choose_lima() { # KIND INSTANCE
    CF_LIMA_KIND=${1:-lima}
    CF_LIMA_FOLDER=${2:-default}
    CF_LIMA_NAME=$CF_LIMA_FOLDER
    if [ "$CF_LIMA_KIND" = colima ]; then
        CF_LIMA_NAME=${CF_LIMA_FOLDER#colima-}
        [ "$CF_LIMA_NAME" != colima ] || CF_LIMA_NAME=default
    fi
}

# shellcheck disable=SC2046 # a kind, a name that has no blanks
cf_adopt_choose_lima $(cf_adopt_lima | awk '$3 == "krunkit" { print $1, $2; exit }')

section_adopt() {
    cf_adopt_lima | while read -r cf_line; do
        cf_fact lima "$cf_line"
    done
    cf_block name 5 scutil --get LocalHostName || :
    cf_adopt_machines | while read -r cf_provider cf_name; do
        cf_fact machine "$cf_provider $cf_name"
    done
    if [ -x /opt/podman/bin/podman ]; then
        cf_fact pkg /opt/podman
        cf_block pkg 5 /opt/podman/bin/podman --version || :
        if [ -x /opt/podman/bin/krunkit ]; then
            cf_fact pkg_krunkit /opt/podman/bin/krunkit
        fi
    fi
    for cf_app in '/Applications/Podman Desktop.app' "$HOME/Applications/Podman Desktop.app"; do
        if [ -d "$cf_app" ]; then
            cf_fact desktop "$cf_app"
        fi
    done
    for cf_conf in "${XDG_CONFIG_HOME:-$HOME/.config}/containers/containers.conf" \
        "${XDG_CONFIG_HOME:-$HOME/.config}/containers/containers.conf.d"/*.conf; do
        if [ -e "$cf_conf" ]; then
            cf_fact conf "$cf_conf"
        fi
    done
}
