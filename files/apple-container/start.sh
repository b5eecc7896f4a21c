# Start the services of container and wait for them.   SECONDS --enable-kernel-install|--disable-kernel-install
# shellcheck disable=SC2154 # what is not set here is the libraries'
# It asks about a kernel on standard input, unless it is told: nobody is there to answer.
set -eu
left=$1
if ! answers; then
    "$cli" system start "$2" --timeout "$left" >&2 </dev/null || :
fi
until answers; do
    if [ "$left" -le 0 ]; then
        echo "the services of container do not answer: look at \`container system logs\` on the Mac" >&2
        exit 75
    fi
    left=$((left - 1))
    sleep 1
done
