# Remove what came with a lab and was not there before it.   lab=NAME PATH...   with `/` at its end: a folder with all in it
# The deepest come first. A folder that somebody keeps something in stays, and so does what others' machines need.
set -u
lab=
case ${1:-} in
lab=*)
    lab=${1#lab=}
    shift
    ;;
esac
config=$HOME/.config/containers
machines() { # whether podman still has a machine of anybody's
    for json in "$config"/podman/machine/*/*.json; do
        [ ! -e "$json" ] || return 0
    done
    return 1
}
any() { # PATH...   whether the first is there: what a pattern came to
    [ -e "$1" ] || [ -L "$1" ]
}
secrets() { # whether another lab has any, by its record
    for record in "$HOME"/.local/state/carbon-fleet/applied-*.json; do
        [ "${record##*/}" = "applied-$lab.json" ] || ! grep -qs '"secret[.]' "$record" || return 0
    done
    return 1
}
needed() { # PATH   podman's key, locks and cache are of all machines; a list of connections may have others' in it
    case $1 in
    "$HOME"/.local/share/containers/podman/machine/*) machines ;;
    "$config"/podman-connections.json*) machines || grep -q '"URI"' "$config/podman-connections.json" 2>/dev/null ;;
    # What is left of these is no trace: an engine that is still there has all its volumes in them, and volumes of
    # programs that no stack has any more went by consent alone.
    "$HOME"/.docker/ | "$HOME/Library/Group Containers/group.com.docker/" | "$HOME"/Library/Containers/com.docker.docker/)
        [ -e /Applications/Docker.app ] || [ -e "$HOME/Applications/Docker.app" ]
        ;;
    "$HOME/Library/Application Support/com.apple.container/")
        command -v container >/dev/null 2>&1 || [ -x /usr/local/bin/container ]
        ;;
    # What another lab has there is not ours to take.
    "$HOME"/.config/carbon-fleet/docker/ | "$HOME"/.local/share/carbon-fleet/docker/models/)
        { [ -e /Applications/Docker.app ] || [ -e "$HOME/Applications/Docker.app" ]; } &&
            any "$HOME"/.config/carbon-fleet/docker/*/compose.yaml
        ;;
    "$HOME"/.config/carbon-fleet/secrets/) secrets ;;
    "$HOME"/.config/carbon-fleet/apple-container/) any "$1"*/containers.json ;;
    "$HOME"/.local/share/carbon-fleet/models/) any "$HOME/Library/LaunchAgents"/io.carbon-fleet.native.*.plist ;;
    "$HOME"/.local/share/carbon-fleet/environments/ | "$HOME"/.local/share/carbon-fleet/python/)
        any "$HOME/.local/share/carbon-fleet/environments"/*
        ;;
    "$HOME"/.local/share/carbon-fleet/native/) [ -n "$(ls -A "$1" 2>/dev/null)" ] ;;
    *) return 1 ;;
    esac
}
status=0
for place; do
    # shellcheck disable=SC2088  # the tilde is meant as text: no shell has expanded it
    case $place in
    '~/'*) path=$HOME/${place#??} ;;
    *) continue ;;
    esac
    if needed "$path"; then
        continue
    fi
    case $path in
    */) rm -rf "${path%/}" || status=1 ;;
    *)
        if [ -d "$path" ] && [ ! -L "$path" ]; then
            rmdir "$path" 2>/dev/null || :
        else
            rm -f "$path" || status=1
        fi
        ;;
    esac
done
exit "$status"
