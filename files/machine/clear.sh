# Clear away what an interrupted making or removal left of a machine that podman does not know.   NAME PROVIDER
# shellcheck disable=SC2154 # lib.sh stands before this and sets name, json, data, run and state
if [ -e "$json" ] || [ -n "$(hypervisor)" ]; then
    echo "the machine $name is there after all: nothing was cleared away" >&2
    exit 75
fi
clean
rm -f "$data/$name-arm64.raw" "$data/efi-bl-$name" "${json%.json}.ign" "$state.made" "$state.mark"
