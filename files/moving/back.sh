# Put a stack back whose move was cut off and is not wished any more.   STACK FROM TO MACHINE SECONDS
# shellcheck disable=SC2154 # lib.sh stands before this
[ -n "$(phase)" ] || exit 0
old opens || :
new opens || put_back "$target cannot be reached" 0
put_back "as the lab file says" 0
