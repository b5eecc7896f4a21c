# Note that the new one works, and remove the old one; its volumes stay for a while.   STACK FROM TO MACHINE SECONDS
# shellcheck disable=SC2154 # lib.sh stands before this
case $(phase) in
brought) reach arrived || exit 1 ;;
arrived) ;;
*) exit 0 ;;
esac
if ! old opens || ! old drop "$stack" >&2; then
    echo "the stack $stack works on $target; what is left of it on $source could not be removed: see that $source answers, and run apply again" >&2
    exit 1
fi
# Volumes that an earlier move kept on this target are in use again: nothing may remove them because their time is up.
for earlier in "$state/moved/$stack"/*/done; do
    was=$(sed -n 2p "$earlier" 2>/dev/null)
    [ "${was%%-*}" != "${target%%-*}" ] || rm -rf "${earlier%/done}"
done
rm -f "$kept"/*.tar "$kept/said"
how=carried
[ ! -s "$kept/left" ] || how=left
{ date +%s && echo "$source" && echo "$how" && cat "$kept/volumes" "$kept/left"; } >"$kept/done.new" || exit 1
if [ -s "$kept/volumes" ] || [ -s "$kept/left" ]; then
    mv -f "$kept/done.new" "$kept/done" || exit 1
    rm -f "$note"
    rmdir "$state/moving" 2>/dev/null || :
else
    forgotten
fi
