#!/bin/sh
# make-layer.sh strict|lenient DRIVER ICD_DIR LICENCE...: put the Venus layer together under /layer.
# strict makes it self-contained: libdrm and libz beside the driver, which may need nothing else but glibc of its image.
# lenient takes the driver as a distribution built it, and names what else its users have to install.
set -eu
strictness=$1 driver=$2 icd_dir=$3
shift 3
root=${LAYER_ROOT:-/layer} packages=${LAYER_DOC:-/usr/share/doc}
layer=$root/opt/venus doc=$root/usr/share/licenses/mesa-venus

die() { printf 'venus: %s\n' "$*" >&2; exit 1; }

needed() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }

beyond() { printf '%s\n' "$1" | grep -vE "^(($2|ld-linux.*)\.so\.[0-9]+)?$" | tr '\n' ' ' || true; }

# The oldest glibc that has every symbol the file asks for.
glibc_of() { readelf -V "$@" | grep -o 'GLIBC_2\.[0-9]*' | sort -u -t . -k 2 -n | tail -n 1; }

# bundle SONAME PACKAGE: the library as this base has it, and its package's licence; nothing when the driver has no use for it.
bundle() {
    needed "$driver" | grep -qxF "$1" || return 0
    found=$(ldd "$driver" | awk -v name="$1" '$1 == name { print $3 }')
    [ -f "$found" ] || die "this base has no $1; install $2"
    mkdir -p "$layer/lib" "$doc/$2"
    install -m 0644 "$found" "$layer/lib/$1"
    cp -L "$packages/$2/copyright" "$doc/$2/" || die "no licence of $2 in $packages: it has to go with every copy"
    extra=$(beyond "$(needed "$found")" 'libc|libm')
    [ -z "$extra" ] || die "$1 of this base needs libraries the layer has not: $extra"
    readelf -d "$driver" | grep -qF "\$ORIGIN/lib" || die "the driver does not look for $1 beside itself"
}

[ -f "$driver" ] || die "this base has no Venus driver (libvulkan_virtio.so); Debian has one from 13 on. Use STRATEGY=source"
api=$(sed -n 's/.*"api_version": *"\([0-9.]*\)".*/\1/p' "$icd_dir"/virtio_icd*.json | head -n 1)
[ -n "$api" ] || die "no api_version in $icd_dir/virtio_icd*.json"

mkdir -p "$layer" "$doc"
install -m 0755 "$driver" "$layer/libvulkan_virtio.so"
# Relative to the manifest, so that the layer works wherever it is mounted or copied.
cat > "$layer/virtio_icd.json" <<EOF
{
    "file_format_version": "1.0.1",
    "ICD": {"library_path": "./libvulkan_virtio.so", "api_version": "$api"}
}
EOF
chmod 0644 "$layer/virtio_icd.json"
for licence in "$@"; do
    [ ! -e "$licence" ] || cp -RL "$licence" "$doc/"
done
[ -n "$(ls "$doc")" ] || die "none of these licence texts is there: $*"

if [ "$strictness" = strict ]; then
    bundle libdrm.so.2 libdrm2
    bundle libz.so.1 zlib1g
    extra=$(beyond "$(needed "$driver")" 'libc|libm|libdrm|libz')
    [ -z "$extra" ] || die "the driver needs libraries no image has to have: $extra"
else
    extra=$(beyond "$(needed "$driver")" 'libc|libm|libgcc_s|libdrm|libz')
    [ -z "$extra" ] || printf 'venus: images with this layer also need: %s\n' "$extra"
fi
printf 'venus: %s, %s bytes, api %s, for %s and newer\n' \
    "$driver" "$(wc -c < "$driver")" "$api" "$(glibc_of "$driver")"
