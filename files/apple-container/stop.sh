# Stop the services of container, and with them every container.
# shellcheck disable=SC2154 # what is not set here is the libraries'
set -eu
if answers; then
    "$cli" system stop >&2 </dev/null || :
fi
if answers; then
    echo "the services of container did not stop: run \`container system stop\` on the Mac and look at what it says" >&2
    exit 75
fi
