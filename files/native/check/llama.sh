# AT KEY STATE: healthy only when the server that runs now computed a completion, lately, with its layers on a Metal device
# that this Mac accepts (CARBON_ACCEPT). A server all of whose slots are busy computes, and is not asked for more.
set -eu
at=$1 key=$2 state=$3
again=300

unhealthy() { echo "unhealthy: $*"; exit 1; }
never() { echo "unhealthy: $*"; exit 3; } # nothing that waiting mends

ask() { # SECONDS PATH WORD...   the key goes through a pipe, never in an argument
    wait=$1 path=$2
    shift 2
    sed -e 's/[\\"]/\\&/g' -e 's/^/header = "Authorization: Bearer /' -e 's/$/"/' "$key" |
        curl -fsS --max-time "$wait" --noproxy '*' -K - "$@" "http://$at$path" 2>&1
}

ask 5 /health >/dev/null || unhealthy "the server does not answer, or still loads the model"
device=$(cat "$state/device" 2>/dev/null) || never "the server did not say that it uses a GPU: it computes on the CPU"
case ${CARBON_ACCEPT:-apple}/$device in
apple/'MTL0 (Apple M'[0-9]* | apple/'Metal (Apple M'[0-9]*) ;;
software/'MTL0 (Apple '* | software/'Metal (Apple '*) ;;
*) never "it computes on $device, which is not the GPU of this Mac" ;;
esac
layers=$(cat "$state/layers" 2>/dev/null) || layers=0/0
wished=$(cat "$state/wished")
[ "$wished" -le "${layers#*/}" ] || wished=${layers#*/}
if [ "${layers%/*}" -lt 1 ] || [ "${layers%/*}" -lt "$wished" ]; then
    never "only $layers layers are on $device"
fi

now=$(date +%s)
last=$(cat "$state/computed" 2>/dev/null) || last=0
if [ $((now - last)) -ge "$again" ]; then
    busy=yes
    case $(ask 5 /slots || :) in
    *'"is_processing":false'*) busy=no ;;
    esac
    if [ "$last" -eq 0 ] || [ "$busy" = no ]; then
        answer=$(ask 40 /completion -H 'Content-Type: application/json' -d '{"prompt":"1 2 3","n_predict":1,"cache_prompt":false}' || :)
        case $answer in
        *'"tokens_predicted":1'*) date +%s >"$state/computed" ;;
        *) unhealthy "no completion came from $device: $(printf '%s' "$answer" | head -c 200 | tr -d '\r' | tr '\n' ' ')" ;;
        esac
    fi
fi
echo "healthy: computes on ${device%% - *}, $layers layers"
