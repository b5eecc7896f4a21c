# Start Docker Desktop and wait for its engine.   SECONDS
set -eu
left=$1
if ! answers; then
    docker desktop start --timeout "$left" >&2 || :
fi
until answers; do
    if [ "$left" -le 0 ]; then
        echo "Docker Desktop's engine does not answer: look at the Mac's screen, where it may ask something" >&2
        exit 75
    fi
    left=$((left - 1))
    sleep 1
done
