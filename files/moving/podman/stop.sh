# Stops a stack, and lays its units where no start of the machine begins them.   STACK
set -eu
folder=/etc/containers/systemd place=/var/lib/carbon-fleet/moving/$1
mkdir -p "$place"
for file in $(grep -lsF "Label=\"io.carbon-fleet.stack=$1\"" "$folder"/carbon-fleet-*.container || :); do
    name=${file##*/}
    systemctl stop "${name%.container}.service"
    mv -f "$file" "$place/$name"
done
systemctl daemon-reload
