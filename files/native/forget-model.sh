# Remove a model that programs read, and the note of what was checked; with the last the folder.   PATH
set -eu
rm -f "${1:?}" "$1.checked"
rmdir "${1%/*}" 2>/dev/null || :
