# Remove a container and its launchd job.   CONTAINER
set -eu
name=$1
unload "$name"
halt "$name"
if known "$name"; then
    "$cli" delete --force "$name" >/dev/null </dev/null
fi
rm -f "$HOME/Library/LaunchAgents/$prefix$name.plist"
