# Have launchd start a LaunchDaemon, or no more, as root.   put|remove LABEL PATH STAGED
set -u
LC_ALL=C
export LC_ALL
verb=$1 label=$2 path=$3 staged=$4

refused() {
    types="sudo launchctl bootout system/$label; sudo rm '$path'"
    if [ "$verb" = put ]; then
        put="sudo install -o root -g wheel -m 0644 '$staged' '$path' && sudo launchctl enable system/$label"
        types="sudo launchctl bootout system/$label; $put && sudo launchctl bootstrap system '$path'"
    fi
    printf '%s: %s\n' "sudo asks $(id -un) for a password, so an administrator of this Mac has to type" "$types" >&2
    exit 77
}
loaded() {
    launchctl print "system/$label" >/dev/null 2>&1
}
# Where another of the user's rules needs no password, sudo -l lists what it then asks a password for.
as_root() {
    status=0
    said=$(sudo -n "$@" 2>&1) || status=$?
    printf '%s\n' "$said" >&2
    case $status:$said in
    0:*) return 0 ;;
    *"password is required"*) refused ;;
    esac
    return "$status"
}

if [ "$verb" = put ]; then
    plutil -lint "$staged" >&2 || exit 1
fi
sudo -n -l /bin/launchctl bootout "system/$label" >/dev/null 2>&1 || refused
if loaded; then
    as_root /bin/launchctl bootout "system/$label"
    tries=0
    while loaded; do
        tries=$((tries + 1))
        [ "$tries" -le 20 ] || exit 1
        sleep 0.5
    done
fi
as_root /bin/launchctl enable "system/$label" || exit 1
if [ "$verb" = remove ]; then
    as_root /bin/rm -f "$path" || exit 1
    exit 0
fi
as_root /usr/bin/install -o root -g wheel -m 0644 "$staged" "$path" || exit 1
as_root /bin/launchctl bootstrap system "$path" || exit 1
rm -f "$staged"
