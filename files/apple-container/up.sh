# Make one container as its stack's file says, start it, and wait until it works.   STACK NAME CONTAINER SECONDS anew|again|"" PERL
# shellcheck disable=SC2154 # what is not set here is the libraries'
# Values of secrets go from file to file: through no argument, no environment of a process that others see, no output.
set -eu
umask 077
stack=$1 name=$2 container=$3 seconds=$4 mode=$5 program=$6
folder=$place/$stack
told() { # VERB   make or check, as the file says
    perl -e "$program" "$1" "$cli" "$folder" "$name" "$HOME/.config/carbon-fleet/secrets"
}
if [ "$mode" != "" ]; then
    unload "$container"
    halt "$container"
fi
if [ "$mode" = anew ] && known "$container"; then
    "$cli" delete --force "$container" >/dev/null </dev/null
fi
if ! known "$container"; then
    told make </dev/null >&2
fi
plist=$HOME/Library/LaunchAgents/$prefix$container.plist
if loaded "$container"; then
    runs "$container" || launchctl kickstart "$domain/$prefix$container" >&2
else
    if launchctl print-disabled "$domain" 2>/dev/null | grep -Eq "\"$prefix$container\" => (disabled|true)"; then
        launchctl enable "$domain/$prefix$container" >&2
    fi
    launchctl bootstrap "$domain" "$plist" >&2
fi
# What launchd's own start said is nowhere to be read: where it did not come to run, one more start says it.
left=30
until runs "$container"; do
    if [ "$left" -le 0 ]; then
        "$cli" start "$container" >&2 </dev/null
        break
    fi
    left=$((left - 1))
    sleep 1
done
end=$(($(date +%s) + seconds))
until told check </dev/null >/dev/null 2>&1; do
    if [ "$(date +%s)" -ge "$end" ]; then
        "$cli" logs -n 5 "$container" >&2 </dev/null || :
        echo "$container runs, but does not do its work: look at \`container logs $container\`" >&2
        exit 75
    fi
    sleep 1
done
