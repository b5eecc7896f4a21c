# Puts a stack's units back, starts them, and waits until they work.   STACK SECONDS
# shellcheck disable=SC2034,SC2154 # stack/lib.sh, which is put before this, reads and assigns them
stack=$1 wait=$2 folder=/etc/containers/systemd place=/var/lib/carbon-fleet/moving/$1
copies=$(mktemp -d /var/tmp/carbon-fleet-moving.XXXXXX) || exit 1
trap 'rm -rf "$copies"' EXIT
for file in "$place"/*.container; do
    [ ! -e "$file" ] || mv -f "$file" "$folder/${file##*/}" || exit 1
done
rm -rf "$place"
systemctl daemon-reload || exit 1
for file in $(units_of "$stack"); do
    cp "$file" "$copies/" || exit 1
done
set -- "$copies"/*.container
[ -e "$1" ] || exit 0
started "$copies" "$wait" && exit 0
echo "$trouble" >&2
exit 1
