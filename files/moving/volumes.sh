# Tell every volume of a runtime: NAME|STACK|KIB|CONTAINER,…   - RUNTIME RUNTIME MACHINE 0
old opens || exit 69
# shellcheck disable=SC2034 # it is lib.sh's
lasts=240
old volumes
