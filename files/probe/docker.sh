# Docker Desktop: its application, its settings, its engine, and what of ours is in that. Nothing is started by looking.
# The format strings are Go templates of docker's own: only what is asked for is said, so that no container's variables,
# which may hold secrets, are ever told.
# shellcheck disable=SC2154 # cf_tmp is lib.sh's
section_docker() {
    if [ -d "$HOME/.config/carbon-fleet/docker" ]; then
        cf_fact folder yes
    elif [ -z "${CF_DOCKER_WISHED:-}" ] && ! cf_noted docker; then
        cf_fact none yes
        return 0
    fi
    for cf_app in /Applications/Docker.app "$HOME/Applications/Docker.app"; do
        if [ -f "$cf_app/Contents/Info.plist" ]; then
            cf_fact app "$cf_app"
            cf_block version 5 plutil -extract CFBundleShortVersionString raw "$cf_app/Contents/Info.plist" || :
            break
        fi
        cf_app=
    done
    # Only the settings that are managed: others may hold the password of a proxy.
    cf_path="$HOME/Library/Group Containers/group.com.docker/settings-store.json"
    if [ -e "$cf_path" ]; then
        # shellcheck disable=SC2016,SC2086  # it is perl; keys have no blanks, and are meant to be split
        cf_block settings 10 perl -MJSON::PP -e 'local $/; my $json = JSON::PP->new->canonical; my $said = eval { $json->decode(scalar <STDIN>) };
            ref $said eq "HASH" or die "it is not what Docker Desktop writes\n"; my %told = map { exists $said->{$_} ? ($_, $said->{$_}) : () } @ARGV;
            print $json->encode(\%told), "\n"' $CF_DOCKER_KEYS <"$cf_path" || :
    fi
    cf_docker_files
    cf_models "$HOME/.local/share/carbon-fleet/docker/models"
    cf_cli=$cf_app/Contents/Resources/bin/docker
    cf_running=no
    if [ -n "$cf_app" ] && [ -x "$cf_cli" ] && [ -S "$HOME/.docker/run/docker.sock" ]; then
        if cf_docker server 10 version --format '{{.Server.Version}}' && [ -n "$(cf_said)" ]; then
            cf_running=yes
        fi
    fi
    cf_fact running "$cf_running"
    if [ "$cf_running" = yes ]; then
        cf_docker ps 15 ps --all --no-trunc --format '{{.Names}}|{{.State}}|{{.Label "io.carbon-fleet.stack"}}|{{.Label "io.carbon-fleet.container"}}|{{.Label "io.carbon-fleet.definition"}}|{{.Image}}|{{.Label "io.carbon-fleet.secrets"}}' || :
        # Engines differ in what they say of health here (podman's nothing), not in what they say of one container.
        cf_names=$(cf_said | awk -F '|' '$3 != "" { print $1 }')
        if [ -n "$cf_names" ]; then
            # shellcheck disable=SC2086  # names of containers have no blanks, and are meant to be split
            cf_docker health 15 inspect --type container --format '{{.Name}}|{{with .State.Health}}{{.Status}}{{end}}' $cf_names || :
        fi
        cf_docker images 15 image ls --filter label=io.carbon-fleet.inputs --format '{{.Repository}}:{{.Tag}}' || :
        cf_docker volumes 15 volume ls --format '{{.Name}}|{{.Label "io.carbon-fleet.stack"}}' || :
    fi
    return 0
}

cf_docker() { # NAME SECONDS WORD...
    cf_what=$1
    cf_wait=$2
    shift 2
    cf_block "$cf_what" "$cf_wait" env -u DOCKER_CONTEXT "DOCKER_HOST=unix://$HOME/.docker/run/docker.sock" "$cf_cli" "$@"
}

cf_docker_files() {
    for cf_path in "$HOME/.config/carbon-fleet/docker"/*; do
        if [ -f "$cf_path/compose.yaml" ]; then
            cf_file "$cf_path/compose.yaml"
            for cf_name in good previous; do
                [ ! -f "$cf_path/$cf_name.yaml" ] || cf_file "$cf_path/$cf_name.yaml"
            done
        fi
    done
    for cf_stack in $CF_DOCKER_STACKS; do
        if [ ! -f "$HOME/.config/carbon-fleet/docker/$cf_stack/compose.yaml" ]; then
            cf_file "$HOME/.config/carbon-fleet/docker/$cf_stack/compose.yaml"
        fi
    done
}
