# What goes to a registry and comes from one shares this: the login, whose password comes on standard input, and plain http.
# shellcheck disable=SC2034  # tls is for the scripts behind this one
door() { # REFERENCE USER INSECURE(yes)   sets `tls`; podman finds the login as long as this script runs
    tls=
    [ "$3" != yes ] || tls=--tls-verify=false
    [ -n "$2" ] || return 0
    IFS=' ' read -r _ size || size=
    password=$(cat)
    if [ -z "$size" ] || [ "$(($(printf %s "$password" | wc -c)))" -ne "$size" ]; then
        echo "the password of $2 at ${1%%/*} did not come from the Mac: run \`carbon-fleet apply\` over it" >&2
        exit 75
    fi
    keys=$(mktemp /run/carbon-fleet-login.XXXXXX)
    trap 'rm -f "$keys"' EXIT
    trap 'exit 143' HUP INT TERM
    login=$(printf '%s:%s' "$2" "$password" | base64 | tr -d '\n')
    printf '{"auths": {"%s": {"auth": "%s"}}}\n' "${1%%/*}" "$login" >"$keys"
    export REGISTRY_AUTH_FILE="$keys"
}

