# Holds one ssh connection into the virtual machine for as long as our standard input stays open: KEY PORT
# Whatever becomes of the one who asked, its end closes that input, and nothing of this stays on the Mac.
umask 077
cf_folder=$(mktemp -d /tmp/carbon-verify.XXXXXX) || exit 1
cf_master=
cf_leave() {
    trap '' HUP INT PIPE TERM
    if [ -n "$cf_master" ]; then
        kill "$cf_master" 2>/dev/null
        wait "$cf_master" 2>/dev/null
    fi
    rm -rf "$cf_folder"
}
trap cf_leave EXIT
# PIPE: whoever asked may be gone before the way is open, and the answer then has no reader.
trap 'exit 143' HUP INT PIPE TERM
ssh -F /dev/null -M -N -T -S "$cf_folder/s" -i "$1" -p "$2" \
    -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \
    -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=4 root@127.0.0.1 \
    </dev/null >/dev/null 2>"$cf_folder/err" &
cf_master=$!
cf_tries=0
until [ -S "$cf_folder/s" ]; do
    cf_tries=$((cf_tries + 1))
    if [ "$cf_tries" -gt 300 ] || ! kill -0 "$cf_master" 2>/dev/null; then
        tail -n 1 "$cf_folder/err" >&2
        exit 1
    fi
    sleep 0.05
done
printf '%s\n' "$cf_folder/s"
cat >/dev/null
