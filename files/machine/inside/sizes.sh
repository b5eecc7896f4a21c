# The KiB of all folders on standard input together.
total=0
while IFS= read -r place; do
    said=$(du -sk "$place") || exit
    total=$((total + ${said%%[!0-9]*}))
done
echo "$total"
