# Which container runtimes this Mac has, and whether they run. Nothing is installed, started or stopped by looking.
# shellcheck disable=SC2154 # cf_tmp is lib.sh's
section_matrix() {
    cf_docker
    cf_apple_container
    cf_machines applehv
    cf_machines libkrun
    cf_lima_look lima
    cf_lima_look colima
    cf_fact lima "$(cf_keg lima)"
    cf_fact colima "$(cf_keg colima)"
    cf_fact podman "$(cf_keg podman)"
    cf_fact krunkit "$(cf_keg krunkit)"
    cf_native
}

cf_first() { # PATH...   the first that can be run
    for cf_path in "$@"; do
        if [ -x "$cf_path" ]; then
            printf '%s\n' "$cf_path"
            return 0
        fi
    done
}

cf_keg() { # FORMULA   the version of the linked keg, from its path
    cf_target=$(readlink "$CF_PREFIX/opt/$1" 2>/dev/null) && printf '%s\n' "${cf_target##*/}"
}

# Docker Desktop's own socket is asked, so that no other engine of the docker command answers in its place.
cf_docker() {
    for cf_app in /Applications/Docker.app "$HOME/Applications/Docker.app"; do
        if [ -f "$cf_app/Contents/Info.plist" ]; then
            cf_fact docker_app "$cf_app"
            cf_block docker-app 5 plutil -extract CFBundleShortVersionString raw "$cf_app/Contents/Info.plist" || :
            cf_cli=$(cf_first "$cf_app/Contents/Resources/bin/docker" "$HOME/.docker/bin/docker" /usr/local/bin/docker)
            cf_fact docker_cli "$cf_cli"
            cf_fact docker_host "unix://$HOME/.docker/run/docker.sock"
            if [ -n "$cf_cli" ] && [ -S "$HOME/.docker/run/docker.sock" ]; then
                cf_block docker-server 10 env "DOCKER_HOST=unix://$HOME/.docker/run/docker.sock" \
                    "$cf_cli" version --format '{{.Server.Version}}' || :
                # Docker Model Runner runs beside the engine, on the Mac itself; asked of an engine that is not Docker
                # Desktop's, this command would install one.
                cf_block model-runner 15 env "DOCKER_HOST=unix://$HOME/.docker/run/docker.sock" \
                    "$cf_cli" model status --json || :
            fi
            # Whether somebody accepted its terms: without, it does not start, and nobody else may.
            if grep -q '"LicenseTermsVersion": *[1-9]' "$HOME/Library/Group Containers/group.com.docker/settings-store.json" 2>/dev/null; then
                cf_fact docker_terms accepted
            fi
            return 0
        fi
    done
}

cf_apple_container() {
    cf_cli=$(cf_first "$CF_PREFIX/bin/container" /usr/local/bin/container)
    if [ -n "$cf_cli" ]; then
        cf_fact container_cli "$cf_cli"
        cf_block container-version 10 "$cf_cli" --version || :
        cf_block container-status 10 "$cf_cli" system status || :
    fi
}

# Of a machine only its name and state are asked; a few, because each is a process of podman.
cf_machines() { # PROVIDER
    cf_run=$(getconf DARWIN_USER_TEMP_DIR 2>/dev/null || printf %s "${TMPDIR:-/tmp}")
    cf_asked=0
    for cf_json in "${XDG_CONFIG_HOME:-$HOME/.config}/containers/podman/machine/$1"/*.json; do
        if [ -f "$cf_json" ] && [ "$cf_asked" -lt 3 ] && [ -x "$CF_PREFIX/bin/podman" ]; then
            cf_machine=${cf_json##*/}
            cf_machine=${cf_machine%.json}
            cf_asked=$((cf_asked + 1))
            cf_fact "machine_$1" "$cf_machine"
            cf_block "machine-$1 $cf_machine" 10 env "TMPDIR=${cf_run%/}/" "CONTAINERS_MACHINE_PROVIDER=$1" \
                "$CF_PREFIX/bin/podman" machine inspect --format '{{.State}}' "$cf_machine" || :
        fi
    done
}

cf_native() {
    cf_fact llama "$(cf_keg llama.cpp)"
    if [ -n "${CF_NATIVE:-}" ] && [ -x "$CF_PREFIX/bin/llama-bench" ]; then
        cf_block native-devices 60 "$CF_PREFIX/bin/llama-bench" --list-devices || :
    fi
}
