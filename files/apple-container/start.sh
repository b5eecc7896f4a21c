# Start the services of container and wait for them.   SECONDS --enable-kernel-install|--disable-kernel-install
# shellcheck disable=SC2154 # what is not set here is the libraries'
# It asks about a kernel on standard input, unless it is told: nobody is there to answer.
set -eu
end=$(($(date +%s) + $1))
if ! answers; then
    "$cli" system start "$2" --timeout "$1" >&2 </dev/null || :
fi
# By the clock: one answer that does not come takes longer than a second, too.
until answers; do
    if [ "$(date +%s)" -ge "$end" ]; then
        echo "the services of container do not answer: look at \`container system logs\` on the Mac" >&2
        exit 75
    fi
    sleep 1
done
