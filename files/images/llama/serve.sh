#!/bin/sh
# llama-serve NAME CONTEXT LAYERS PARALLEL: llama-server with the model /models/NAME on the GPU, and no way around it: the
# device is named, so that without it nothing starts, and nothing is fitted into less memory by leaving layers behind.
# Where a stack is to have no GPU (CARBON_ACCEPT=cpu), none is looked for, and the CPU computes.
# What the server says of its device is kept in /run/llama for llama-health.
set -eu
name=$1 context=$2 layers=$3 parallel=$4
state=/run/llama
key=/run/secrets/llama-api-key
accept=${CARBON_ACCEPT:-apple}
device=Vulkan0
lavapipe=/usr/share/vulkan/icd.d/lvp_icd.json

computes() { # hangs where memory of the GPU cannot be mapped
    timeout -k 1 20 llama-bench -m "/models/$name" -p 1 -n 1 -r 1 -ngl 99 --device Vulkan0 </dev/null >/dev/null 2>&1
}

driver() { # the name of Vulkan0's driver: llama-bench tells it, the server does not
    timeout -k 1 60 llama-bench --list-devices </dev/null 2>&1 |
        busybox sed -n 's/^ggml_vulkan: 0 = .* (\([^()]*\)) | uma: .*/\1/p'
}

told() { # hands the log on: of loading all but what is in the model and the end of the key, then troubles and timings
    up=no
    while IFS= read -r line; do
        case $line in
        *': using device '*) printf '%s\n' "${line#*: using device }" >"$state/device" ;;
        *': offloaded '*' layers to GPU'*)
            layers=${line#*: offloaded }
            printf '%s\n' "${layers%% *}" >"$state/layers"
            ;;
        *' api_keys: '* | *' llama_model_loader: '* | *' print_info: '*) continue ;;
        *': listening on '*) up=yes ;;
        *' print_timing: '*' total time '*) ;;
        [0-9]*.[0-9]*.[0-9]*.[0-9]*' I '* | '	'*) [ "$up" = no ] || continue ;;
        esac
        printf '%s\n' "$line"
    done
}

if [ "$accept" = cpu ]; then
    device=none layers=0
fi
if [ "$accept" = software ]; then
    # A device that is a CPU is passed over unless it is named by its number: for simulated labs only.
    export GGML_VK_VISIBLE_DEVICES=0
    if [ -e "$lavapipe" ] && ! computes; then
        echo "Venus does not compute here: lavapipe does it directly, which llama-health says"
        export VK_DRIVER_FILES="$lavapipe" VK_ICD_FILENAMES="$lavapipe"
    fi
fi
rm -f "$state/log" "$state/driver" "$state/device" "$state/layers" "$state/computed"
printf '%s\n' "$layers" >"$state/wished"
if [ "$accept" = software ] || [ "$accept" = nvidia ]; then
    driver >"$state/driver"
fi
set -- --model "/models/$name" --alias "$name" --host 0.0.0.0 --port 8080 --ctx-size "$context" --parallel "$parallel" \
    --gpu-layers "$layers" --device "$device" --fit off --cache-ram 0 --offline --log-verbosity 4
if [ -e "$key" ]; then
    set -- "$@" --api-key-file "$key"
fi
mkfifo "$state/log"
told <"$state/log" &
exec llama-server "$@" >"$state/log" 2>&1
