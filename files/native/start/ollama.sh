# MODEL DIGEST STATE: Ollama's server, and in it the model by its name and digest. What the server says of its device is
# kept in STATE for the check.
set -eu
model=$1 digest=$2 state=$3

told() { # hands the log on
    while IFS= read -r line; do
        case $line in
        *'msg="inference compute"'*) printf '%s\n' "${line#*msg=}" >>"$state/device" ;;
        esac
        printf '%s\n' "$line"
    done
}

mkfifo "$state/log"
told <"$state/log" &
ollama serve >"$state/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null' TERM INT
until ollama list >/dev/null 2>&1; do
    kill -0 "$server" 2>/dev/null || exit 1
    sleep 1
done
until ollama list | grep -F "$model " | grep -qF "$digest"; do
    kill -0 "$server" 2>/dev/null || exit 1
    ollama pull "$model" || sleep 10
    if ollama list | grep -F "$model " | grep -vqF "$digest"; then
        echo "$model is another model than $digest: write the right \`digest\` in the stack's settings" >&2
        break
    fi
done
status=0
wait "$server" || status=$?
# A signal ends the first wait; the server's own end is awaited.
wait "$server" || status=$?
exit "$status"
