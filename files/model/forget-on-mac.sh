# Remove a model that programs of the Mac read, and the note of what was checked; with the last the folder.   SHA256 FOLDER
set -eu
folder=$HOME/${2:?}
rm -f "$folder/${1:?}" "$folder/$1.checked"
rmdir "$folder" 2>/dev/null || :
