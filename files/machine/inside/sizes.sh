# The KiB of all folders on standard input together.
total=0
while IFS= read -r place; do
    kib=$(du -sk "$place" | cut -f 1) || exit
    total=$((total + kib))
done
echo "$total"
