#!/bin/sh
# make-layer.sh strict|lenient DRIVER ICD_DIR LICENCE...: put the Venus layer together under /layer.
# strict refuses a driver that needs more than libc, libm, libgcc_s, libdrm and libz; lenient names what else it needs.
set -eu
strictness=$1 driver=$2 icd_dir=$3
shift 3
root=${LAYER_ROOT:-/layer}
layer=$root/opt/venus doc=$root/usr/share/licenses/mesa-venus

die() { printf 'venus: %s\n' "$*" >&2; exit 1; }

[ -f "$driver" ] || die "this base has no Venus driver (libvulkan_virtio.so); Debian has one from 13 on. Use STRATEGY=source"
api=$(sed -n 's/.*"api_version": *"\([0-9.]*\)".*/\1/p' "$icd_dir"/virtio_icd*.json | head -n 1)
[ -n "$api" ] || die "no api_version in $icd_dir/virtio_icd*.json"

mkdir -p "$layer" "$doc"
install -m 0755 "$driver" "$layer/libvulkan_virtio.so"
cat > "$layer/virtio_icd.json" <<EOF
{
    "file_format_version": "1.0.1",
    "ICD": {"library_path": "/opt/venus/libvulkan_virtio.so", "api_version": "$api"}
}
EOF
chmod 0644 "$layer/virtio_icd.json"
for licence in "$@"; do
    [ ! -e "$licence" ] || cp -RL "$licence" "$doc/"
done
[ -n "$(ls "$doc")" ] || die "none of these licence texts is there: $*"

needed=$(readelf -d "$layer/libvulkan_virtio.so" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
extra=$(printf '%s\n' "$needed" | grep -vE '^((libc|libm|libgcc_s|libdrm|libz|ld-linux.*)\.so\.[0-9]+)?$' | tr '\n' ' ' || true)
[ -z "$extra" ] || [ "$strictness" = lenient ] || die "the driver needs libraries no user of the layer installs: $extra"
[ -z "$extra" ] || printf 'venus: images with this layer also need: %s\n' "$extra"
printf 'venus: %s, %s bytes, api %s\n' "$driver" "$(wc -c < "$driver")" "$api"
