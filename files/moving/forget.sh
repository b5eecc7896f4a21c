# Forget that a move has kept volumes: the stack runs on them again.   STACK FROM TO MACHINE SECONDS FOLDER
# shellcheck disable=SC2154 # lib.sh stands before this
rm -rf "$state/moved/${stack:?}/${1:?}"
rmdir "$state/moved/$stack" "$state/moved" 2>/dev/null || :
