# Keep the file of a stack that works, for it to go back to; the one kept until now becomes the one before.   STACK GIVEN
# GIVEN has a line `CONTAINER TARGET=SECRET` for each secret its containers are given.
set -eu
umask 077
# shellcheck disable=SC2154 # place is lib.sh's
folder=$place/$1
swapped
cp "$folder/compose.yaml" "$folder/next.yaml"
printf '%s' "$2" >"$folder/next.given"
# A power cut must not leave names of files whose text never reached the disk.
sync
if [ -f "$folder/good.yaml" ] && ! cmp -s "$folder/good.yaml" "$folder/next.yaml"; then
    # It went first, where this was cut off in between.
    [ ! -f "$folder/good.given" ] || mv -f "$folder/good.given" "$folder/previous.given"
    mv -f "$folder/good.yaml" "$folder/previous.yaml"
fi
mv -f "$folder/next.given" "$folder/good.given"
mv -f "$folder/next.yaml" "$folder/good.yaml"
