# Fill the new runtime's volumes with those that were saved, and compare each file.   STACK FROM TO MACHINE SECONDS
# shellcheck disable=SC2154 # lib.sh stands before this
case $(phase) in
saved) ;;
brought | arrived) exit 0 ;;
*)
    echo "nothing of the stack $stack is saved: run carbon-fleet apply again" >&2
    exit 75
    ;;
esac
old opens || :
new opens || put_back "$target cannot be reached"
rm -f "$kept/untouched" || put_back "no note could be made of it"
while IFS='|' read -r volume sum print <&3; do
    echo "bringing the volume $volume" >&2
    size=$(du -k "$kept/$volume.tar")
    volume_lasts "${size%%[!0-9]*}"
    gone new "$volume" >&2 || put_back "the volume $volume of $target could not be made anew"
    new in "$volume" "$sum" "$stack" <"$kept/$volume.tar" >&2 || put_back "the volume $volume could not be brought"
    found=$(new print "$volume")
    [ "$found" = "$print" ] || put_back "the volume $volume is not on $target what it was on $source"
done 3<"$kept/carried"
reach brought || put_back "no note could be made of it"
