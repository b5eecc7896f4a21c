# Hands a model on into the virtual machine, by the machine's own key: MODEL IDENTITY PORT LINE(for the machine's shell)
set -eu
exec ssh -F /dev/null -T -o IdentitiesOnly=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null \
    -o LogLevel=ERROR -o BatchMode=yes -o ConnectTimeout=10 -i "$2" -p "$3" root@127.0.0.1 "$4" <"$1"
