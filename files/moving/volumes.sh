# Tell every volume of a runtime: NAME|STACK|KIB|CONTAINER,…   - RUNTIME RUNTIME MACHINE 0 sizes|names
old opens || exit 69
# shellcheck disable=SC2034 # it is lib.sh's
lasts=240
sizes=$1
# shellcheck disable=SC2329 # a runtime's functions call it
sized() { # VOLUME
    if [ "$sizes" = names ]; then
        echo 0
    else
        old kib "$1"
    fi
}
old volumes
