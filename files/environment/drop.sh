# Remove environments that were made, and the name that leads to one of them.   SLOT...
# shellcheck disable=SC2154  # what lib.sh says
set -eu
for slot; do
    link=$ours/environments/${slot%.?}
    # The name first: what is being removed is nobody's any more.
    if [ -L "$link" ] && [ "$(readlink "$link")" = ".made/$slot" ]; then
        rm -f "$link"
    fi
    rm -rf "${made:?}/$slot"
done
