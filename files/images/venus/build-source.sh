#!/bin/sh
# build-source.sh VERSION URL STAGE: fetch Mesa, check it, patch it, build the Venus driver alone, install it into STAGE.
# Runs while the image is built, on a Debian-like base with the packages of the Containerfile. Options: docs/venus-layer.md.
set -eu
version=$1 url=$2 stage=$3
here=$(dirname "$0") cache=${MESA_CACHE:-/var/cache/mesa} source=/build/mesa objects=/build/objects
export CCACHE_DIR="${CCACHE_DIR:-/var/cache/ccache}" CCACHE_COMPILERCHECK=content PATH="/opt/meson/bin:$PATH"

die() { printf 'venus: %s\n' "$*" >&2; exit 1; }

sum_of() { awk -v v="$version" '$2 == v { print $1 }' "$here/SHA256SUMS"; }

matches() { [ -f "$1" ] && printf '%s  %s\n' "$2" "$1" | sha256sum --check --status -; }

fetch() {
    wanted=$(sum_of)
    [ -n "$wanted" ] || die "no checksum is known for Mesa $version; add its sha256 to SHA256SUMS, or choose one of:" \
        "$(awk '{ printf "%s ", $2 }' "$here/SHA256SUMS")"
    tarball=$cache/mesa-$version.tar.xz
    matches "$tarball" "$wanted" && return
    curl --fail --silent --show-error --location --retry 3 --connect-timeout 20 --output "$tarball.part" "$url" \
        || die "cannot fetch $url; set MESA_URL to a place this machine reaches"
    matches "$tarball.part" "$wanted" || {
        got=$(sha256sum "$tarball.part" | cut -d ' ' -f 1)
        rm -f "$tarball.part"
        die "$url is not Mesa $version: sha256 $got, expected $wanted; set MESA_URL to the release tarball"
    }
    mv "$tarball.part" "$tarball"
}

unpack_and_patch() {
    rm -rf "$source" "$objects"
    mkdir -p "$source"
    tar -C "$source" --strip-components=1 -xf "$tarball"
    for patch in "$here"/*.patch; do
        patch -d "$source" -p1 --fuzz=0 --forward < "$patch" || die "$(basename "$patch") does not fit Mesa $version"
    done
    # The driver's own version names the patch, so that whoever asks the running driver can tell it from a stock one.
    printf '%s+16k\n' "$version" > "$source/VERSION"
}

# A patch that applies can still land in the wrong function: each of the four must hold the rounding exactly once.
check_places() {
    for place in vn_device_memory.c:vn_device_memory_alloc_simple vn_renderer_virtgpu.c:virtgpu_bo_create_from_device_memory \
        vn_renderer_virtgpu.c:virtgpu_shmem_create vn_ring.c:vn_ring_get_layout; do
        found=$(awk -v f="${place#*:}(" '/^[a-z_0-9]+\(/ { inside = index($0, f) == 1 } inside && /VN_HOST_PAGE_ROUND\(/ { n++ }
            END { print n + 0 }' "$source/src/virtio/vulkan/${place%%:*}")
        [ "$found" -eq 1 ] || die "the 16 KiB rounding is in ${place#*:} $found times instead of once"
    done
}

# Mesa's own warnings are no concern of who builds it; they are shown when the build fails.
logged() { "$@" > /build/log 2>&1 || { tail -n 60 /build/log >&2; die "$1 failed for Mesa $version"; }; }

# The layer is mounted into images that have neither library: they lie beside the driver, and are taken where the image
# has none of its own. $LIB is the name of the library folder where the driver runs: lib64, or Debian's with its triplet.
# Nothing of libgcc's shared half is used, so it need not be there either.
# shellcheck disable=SC2016 # not for this shell: the loader puts in what they stand for
LDFLAGS='-static-libgcc -Wl,--enable-new-dtags -Wl,-rpath,/usr/$LIB:/$LIB:$ORIGIN/lib'
export LDFLAGS

build() {
    logged meson setup "$objects" "$source" --wrap-mode=nodownload --prefix=/usr --libdir=lib --buildtype=release \
        -Db_ndebug=true -Dstrip=true -Dvulkan-drivers=virtio -Dgallium-drivers= -Dplatforms= -Dglx=disabled \
        -Degl=disabled -Dgbm=disabled -Dopengl=false -Dgles1=disabled -Dgles2=disabled -Dllvm=disabled \
        -Dvideo-codecs= -Dvulkan-layers= -Dtools= -Dbuild-tests=false
    logged ninja -C "$objects" -j "$(nproc)"
    DESTDIR=$stage meson install -C "$objects" --no-rebuild --quiet
    ccache --show-stats | grep -iE 'hits|misses' | head -n 2
}

# MIT asks that its text and the copyright lines go with every copy.
licence() {
    {
        cat "$source/docs/license.rst"
        grep -rhoiE 'Copyright (\(c\)|©)? ?[0-9]{4}.*' "$source/src/virtio" "$source/src/vulkan/runtime" | sort -u
        cat "$source/licenses/MIT"
    } > "$stage/LICENSE"
}

mkdir -p "$cache" "$CCACHE_DIR" "$stage"
fetch
unpack_and_patch
check_places
build
licence
rm -rf "$source" "$objects"
