# MODEL DIGEST STATE: healthy only with the right model, once a start an answer of it, all of it computed on a Metal device
# that this Mac accepts (CARBON_ACCEPT).
set -eu
model=$1 digest=$2 state=$3

unhealthy() { echo "unhealthy: $*"; exit 1; }
never() { echo "unhealthy: $*"; exit 3; } # nothing that waiting mends

ollama list | grep -F "$model " | grep -qF "$digest" || unhealthy "not the model $model $digest"
device=$(grep -i 'library=metal' "$state/device" 2>/dev/null | sed -n 's/.*description="\([^"]*\)".*/\1/p' | head -n 1)
case ${CARBON_ACCEPT:-apple}/$device in
apple/'Apple M'[0-9]* | software/'Apple '*) ;;
*/) never "the server did not say that it uses Metal: it computes on the CPU" ;;
*) never "it computes on $device, which is not the GPU of this Mac" ;;
esac
[ -e "$state/computed" ] || ollama run "$model" "Say one." </dev/null >/dev/null 2>&1 || unhealthy "no answer came from $device"
where=$(ollama ps | grep -F "$model ") || where=
case $where in
*CPU*) never "it computes on the CPU: $where" ;;
*'100% GPU'*) touch "$state/computed" ;;
*) [ -e "$state/computed" ] || unhealthy "it does not say where it computes: $where" ;;
esac
echo "healthy: computes on $device"
