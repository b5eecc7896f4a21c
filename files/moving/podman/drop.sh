# Removes a stack's units, wherever a move has laid them; volumes stay.   STACK
set -eu
folder=/etc/containers/systemd
for file in $(grep -lsF "Label=\"io.carbon-fleet.stack=$1\"" "$folder"/carbon-fleet-*.container || :); do
    name=${file##*/}
    systemctl stop "${name%.container}.service"
    rm -f "$file"
done
rm -rf "/var/lib/carbon-fleet/moving/$1"
rmdir /var/lib/carbon-fleet/moving /var/lib/carbon-fleet 2>/dev/null || :
systemctl daemon-reload
