# MODEL ALIAS CONTEXT LAYERS PARALLEL HOST PORT KEY STATE: llama-server on the Mac's GPU by Metal, and no way around it:
# the device is named, so that without it nothing starts, and nothing is fitted into less memory by leaving layers behind.
# What the server says of its device is kept in STATE for the check.
set -eu
model=$1 alias=$2 context=$3 layers=$4 parallel=$5 host=$6 port=$7 key=$8 state=$9

told() { # hands the log on: of loading all but what is in the model and the end of the key, then troubles and timings
    up=no
    while IFS= read -r line; do
        case $line in
        *': using device '*) printf '%s\n' "${line#*: using device }" >"$state/device" ;;
        *': offloaded '*' layers to GPU'*)
            said=${line#*: offloaded }
            printf '%s\n' "${said%% *}" >"$state/layers"
            ;;
        *' api_keys: '* | *' llama_model_loader: '* | *' print_info: '*) continue ;;
        *' listening on '*) up=yes ;;
        *' print_timing: '*' total time '*) ;;
        [0-9]*.[0-9]*.[0-9]*.[0-9]*' I '* | '	'*) [ "$up" = no ] || continue ;;
        esac
        printf '%s\n' "$line"
    done
}

# Metal's first device: MTL0, in builds before 2026 just Metal.
device=$(llama-server --list-devices 2>/dev/null | sed -n -e 's/^ *\(MTL[0-9]*\):.*/\1/p' -e 's/^ *\(Metal\):.*/\1/p' | head -n 1)
if [ -z "$device" ]; then
    echo "llama-server finds no Metal device on this Mac: it would compute on the CPU, and is not started" >&2
    exit 69
fi
printf '%s\n' "$layers" >"$state/wished"
mkfifo "$state/log"
told <"$state/log" &
exec llama-server --model "$model" --alias "$alias" --host "$host" --port "$port" --ctx-size "$context" \
    --parallel "$parallel" --gpu-layers "$layers" --device "$device" --fit off --cache-ram 0 --offline --log-verbosity 4 \
    --api-key-file "$key" >"$state/log" 2>&1
