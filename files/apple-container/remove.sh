# Remove a container and its launchd job.   CONTAINER
# shellcheck disable=SC2154 # what is not set here is the libraries'
set -eu
name=$1
unload "$name"
halt "$name"
if known "$name"; then
    "$cli" delete --force "$name" >/dev/null </dev/null
fi
rm -rf "${place:?}"/*/"$name.env" "${place:?}"/*/"$name.secrets"
rm -f "$HOME/Library/LaunchAgents/$prefix$name.plist"
