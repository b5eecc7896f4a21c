# Remove the disk of a machine that was replaced.   NAME PROVIDER FOLDER
# shellcheck disable=SC2154 # lib.sh and replaced.sh stand before this
if [ -d "$store/$1" ] && [ ! -e "$store/$1/done" ]; then
    echo "$store/$1 is still needed: the replacement is not done" >&2
    exit 75
fi
rm -rf "${store:?}/${1:?}"
rmdir "$store" 2>/dev/null || :
