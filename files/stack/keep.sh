# Keeps the units of a stack that works, for it to go back to; those kept until now become the ones before.  KEPT FOLDER UNIT-FILE...
set -eu
umask 022
place=$1 folder=$2
shift 2
mkdir -p "$place"
rm -rf "$place/next"
mkdir "$place/next"
for name; do
    cp "$folder/$name" "$place/next/$name"
done
# A power cut must not leave names of files whose text never reached the disk.
sync
if [ -d "$place/good" ]; then
    if diff -r "$place/good" "$place/next" >/dev/null; then
        rm -rf "$place/next"
        exit 0
    fi
    rm -rf "$place/previous"
    mv "$place/good" "$place/previous"
fi
mv "$place/next" "$place/good"
