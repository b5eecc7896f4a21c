# Set power settings for wall power, as root: pmset -c KEY VALUE [KEY VALUE...]
set -u
LC_ALL=C
export LC_ALL
pmset=/usr/bin/pmset
refused() {
    rule='^-c( (sleep|displaysleep|disksleep|womp|autorestart) [0-9]+)+$'
    user=$(id -un)
    printf '%s; %s: %s\n' "sudo asks $user for a password to run $pmset" \
        "as an administrator of this Mac run \`sudo visudo -f /etc/sudoers.d/carbon-fleet\` and write this line into it" \
        "$user ALL=(root) NOPASSWD: $pmset $rule" >&2
    exit 1
}
sudo -n -l "$pmset" -c "$@" >/dev/null 2>&1 || refused
status=0
said=$(sudo -n "$pmset" -c "$@" 2>&1) || status=$?
printf '%s\n' "$said" >&2
# Where another of the user's rules needs no password, sudo -l lists what it then asks a password for.
case $status:$said in
0:*) ;;
*"password is required"*) refused ;;
esac
exit "$status"
