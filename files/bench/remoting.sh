# Whether API remoting can be had: IMAGE. Prints `image yes|no` (llama.cpp's virtgpu backend is in it) and `host yes|no`
# (the kernel was offered capability set 10, APIR: virglrenderer's virgl_hw.h, the driver's own line in the kernel's log).
set -eu
image=no host=no
if podman run --rm --pull=never --network=none --cap-drop=all --security-opt=no-new-privileges --timeout=60 "$1" \
    sh -c 'ls /usr/lib/*/ggml/backends*/libggml-virtgpu*.so' >/dev/null 2>&1; then
    image=yes
fi
if journalctl --dmesg --boot --quiet --no-pager --output=cat 2>/dev/null | grep -Eq 'cap set [0-9]+: id 10,'; then
    host=yes
fi
printf 'image %s\nhost %s\n' "$image" "$host"
