# The machine's copies of secrets: take NAME (fingerprint, size and value on standard input) | drop NAME
# The label that goes with a copy is written after it: a container that carries it was made with this copy or a newer one.
set -eu
umask 077
verb=$1 name=$2
labels=/var/lib/carbon-fleet/secrets
secret=carbon-fleet-$name

case $verb in
take)
    IFS=' ' read -r fingerprint size || size=
    value=$(mktemp /run/carbon-fleet-secret.XXXXXX)
    trap 'rm -f "$value"' EXIT
    trap 'exit 143' HUP INT TERM
    cat >"$value"
    if [ -z "$size" ] || [ "$(($(wc -c <"$value")))" -ne "$size" ]; then
        echo "only a part of the secret $name came into the machine: run again" >&2
        exit 75
    fi
    mkdir -p "$labels"
    [ -e "$labels/$name" ] || : >"$labels/$name"
    podman secret create --replace --label "io.carbon-fleet.fingerprint=$fingerprint" "$secret" "$value" >/dev/null
    beside=$(mktemp "$labels/.new.XXXXXX")
    printf 'io.carbon-fleet.secret.%s=%s\n' "$name" "$fingerprint" >"$beside"
    mv -f "$beside" "$labels/$name"
    ;;
drop)
    if podman secret inspect "$secret" >/dev/null 2>&1; then
        podman secret rm "$secret" >/dev/null
    fi
    rm -f "$labels/$name"
    ;;
esac
