# Remove the volumes that a move has kept.   STACK FROM TO MACHINE SECONDS FOLDER
# shellcheck disable=SC2154 # lib.sh stands before this
kept=$state/moved/$stack/$1
old opens || { echo "$source cannot be reached: start it, and run this again" >&2 && exit 1; }
sed 1,3d "$kept/done" >"$kept/purging" || exit 1
while read -r volume <&3; do
    gone old "$volume" || exit 1
done 3<"$kept/purging"
rm -rf "${kept:?}"
rmdir "$state/moved/$stack" "$state/moved" 2>/dev/null || :
