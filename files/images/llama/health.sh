#!/bin/sh
# llama-health: healthy only when the server that runs now computed a completion, lately, with its layers on a device that
# this Mac accepts (CARBON_ACCEPT), or on no device at all where that is `cpu`. A server all of whose slots are busy
# computes, and is not asked for more.
set -eu
state=/run/llama
key=/run/secrets/llama-api-key
again=300

unhealthy() { echo "unhealthy: $*"; exit 1; }

ask() { # SECONDS METHOD PATH [BODY]   prints head and body; the key goes through a pipe, never in an argument
    seconds=$1
    request=$state/ask.$$
    rm -f "$request"
    mkfifo -m 600 "$request"
    # Held open for writing: a request whose end is closed is taken for one that nobody waits for.
    exec 3<>"$request"
    {
        printf '%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json\r\n' "$2" "$3"
        if [ -e "$key" ]; then
            read -r secret <"$key" || [ -n "$secret" ]
            printf 'Authorization: Bearer %s\r\n' "$secret"
        fi
        printf 'Content-Length: %s\r\n\r\n%s' "${#4}" "$4"
    } >&3
    timeout "$seconds" busybox nc 127.0.0.1 8080 <"$request" 2>/dev/null || :
    exec 3>&-
    rm -f "$request"
}

answered() { # ANSWER   whether its status is 200
    case $1 in 'HTTP/1.'?' 200'*) ;; *) return 1 ;; esac
}

loaded=$(ask 5 GET /health '')
answered "$loaded" || unhealthy "the server does not answer, or still loads the model"

on_gpu() { # whether its layers are on a device that this Mac accepts
    device=$(cat "$state/device" 2>/dev/null) || unhealthy "the server did not say that it uses a GPU: it computes on the CPU"
    driver=$(cat "$state/driver" 2>/dev/null) || driver=unknown
    case ${CARBON_ACCEPT:-apple}/$device in
    */'Vulkan0 (Virtio-GPU Venus (Apple '*) ;;
    software/'Vulkan0 (Virtio-GPU Venus ('* | software/'Vulkan0 (llvmpipe ('*) ;;
    nvidia/'Vulkan0 ('*)
        # Names of NVIDIA's GPUs have no common beginning; their driver's name is one (VkPhysicalDeviceDriverProperties).
        [ "$driver" = NVIDIA ] || unhealthy "it computes on $device by the driver $driver, not by NVIDIA's"
        ;;
    *) unhealthy "it computes on $device, which is not the GPU of this Mac" ;;
    esac
    layers=$(cat "$state/layers" 2>/dev/null) || layers=0/0
    wished=$(cat "$state/wished")
    [ "$wished" -le "${layers#*/}" ] || wished=${layers#*/}
    [ "${layers%/*}" -ge 1 ] && [ "${layers%/*}" -ge "$wished" ] || unhealthy "only $layers layers are on $device"
    where="${device%% - *}, $layers layers"
}

if [ "${CARBON_ACCEPT:-apple}" = cpu ]; then
    device="the CPU" where="the CPU: this stack has no GPU"
    [ ! -e "$state/device" ] || unhealthy "it computes on $(cat "$state/device"), and is to compute on the CPU"
else
    on_gpu
fi

now=$(date +%s)
last=$(cat "$state/computed" 2>/dev/null) || last=0
if [ $((now - last)) -ge "$again" ]; then
    slots=$(ask 5 GET /slots '')
    case $slots in
    *'"is_processing":false'*) busy=no ;;
    *) busy=yes ;;
    esac
    if [ "$last" -eq 0 ] || [ "$busy" = no ]; then
        done=$(ask 40 POST /completion '{"prompt":"1 2 3","n_predict":1,"cache_prompt":false}')
        case $done in
        *'"tokens_predicted":1'*) date +%s >"$state/computed" ;;
        *) unhealthy "no completion came from $device: $(printf '%s' "$done" | head -c 200 | tr -d '\r' | tr '\n' ' ')" ;;
        esac
    fi
fi
echo "healthy: computes on $where"
