# The virtual machine seen from inside, as root: its GPU, its clock, wished files and units, and what its disk holds.
section_guest() {
    cf_fact time "$(date +%s)"
    read -r cf_uptime _ </proc/uptime
    cf_fact uptime "${cf_uptime%%.*}"
    cf_guest_gpu
    cf_guest_os
    cf_guest_versions
    for cf_marker in /etc/podman-machine /etc/containers/podman-machine; do
        if [ -r "$cf_marker" ]; then
            cf_fact provider "$(head -n 1 "$cf_marker")"
        fi
    done
    printf '%s\n' "$CF_GUEST_FILES" | while IFS= read -r cf_path; do
        if [ -n "$cf_path" ]; then
            cf_file "$cf_path"
            # The system keeps what it was shipped with: what is still so in /etc is nobody's.
            if [ -f "$cf_path" ] && [ -f "/usr$cf_path" ] && cmp -s "$cf_path" "/usr$cf_path"; then
                cf_fact stock "$cf_path"
            fi
        fi
    done
    # It says "degraded" with exit status 1, and is right to.
    cf_block system 5 systemctl is-system-running || :
    if [ -n "$CF_GUEST_UNITS" ]; then
        # Unit names have no blanks, and are meant to be split.
        # shellcheck disable=SC2086
        cf_block units 10 systemctl show \
            --property=Id,LoadState,ActiveState,SubState,UnitFileState,NeedDaemonReload $CF_GUEST_UNITS || :
    fi
    for cf_store in /var/lib/containers/storage /home/core/.local/share/containers/storage; do
        cf_guest_store "$cf_store"
    done
    if [ -n "${CF_GUEST_STAKE:-}" ]; then
        cf_guest_sizes /var/lib/containers/storage
        cf_guest_sizes /home/core/.local/share/containers/storage
        cf_guest_told '' podman
        if [ -d /home/core/.local/share/containers/storage ]; then
            cf_guest_told _core runuser -u core -- env --chdir=/ HOME=/home/core "XDG_RUNTIME_DIR=/run/user/$(id -u core)" podman
            cf_block ps_core 10 runuser -u core -- env --chdir=/ HOME=/home/core "XDG_RUNTIME_DIR=/run/user/$(id -u core)" \
                podman ps -a --no-trunc --format json || :
        fi
    fi
}

# What only podman knows, of one user's: how large images are, and what containers wrote that is in no volume.
cf_guest_told() { # SUFFIX PODMAN...
    cf_whose=$1
    shift
    cf_block "images$cf_whose" 10 "$@" images --format '{{.Repository}}:{{.Tag}} {{.Size}}' || :
    cf_block "layers$cf_whose" 10 "$@" ps -a --size --format '{{.Names}} {{.Size}}' || :
}

# Fedora CoreOS moves by whole versions, and says which; others say theirs.
cf_guest_os() {
    cf_os=
    cf_release=
    if [ -r /etc/os-release ]; then
        while IFS='=' read -r cf_key cf_value; do
            cf_value=${cf_value#[\"\']}
            case $cf_key in
            ID) cf_os=${cf_value%[\"\']} ;;
            OSTREE_VERSION | IMAGE_VERSION) cf_release=${cf_value%[\"\']} ;;
            VERSION_ID) cf_release=${cf_release:-${cf_value%[\"\']}} ;;
            esac
        done </etc/os-release
        cf_fact os "$cf_os $cf_release"
    fi
}

# Which kernel and which podman the machine has: both are its image's, and stay behind when the Mac's podman moves on.
cf_guest_versions() {
    if [ -r /proc/sys/kernel/osrelease ]; then
        read -r cf_release </proc/sys/kernel/osrelease
        cf_fact kernel "$cf_release"
    fi
    cf_block podman 5 podman --version || :
}

cf_guest_gpu() {
    if [ -c /dev/dri/renderD128 ]; then
        cf_fact render char
    elif [ -e /dev/dri/renderD128 ]; then
        cf_fact render other
    else
        cf_fact render absent
    fi
    # What the GPU offers is for people to read: where the kernel does not tell, nothing is concluded.
    for cf_features in /sys/kernel/debug/dri/*/virtio-gpu-features; do
        if [ -r "$cf_features" ]; then
            cf_block gpu 2 cat "$cf_features" || :
        fi
    done
}

# What a replaced machine would lose. Read from the store's own lists: podman would take longer than all the rest.
cf_guest_store() { # FOLDER
    for cf_volume in "$1"/volumes/*/_data; do
        if [ -d "$cf_volume" ]; then
            cf_volume=${cf_volume%/_data}
            cf_fact volume "${cf_volume##*/}"
        fi
    done
    cf_guest_names container "$1/overlay-containers/containers.json"
    cf_guest_names image "$1/overlay-images/images.json"
}

# KiB, the time of the last writing, the folder. It reads all of them: asked only where the machine is about to be replaced.
cf_guest_sizes() { # FOLDER
    for cf_volume in "$1"/volumes/*/_data; do
        if [ -d "$cf_volume" ]; then
            cf_deadline 10 du -sk --time --time-style=+%s "$1"/volumes/*/_data | sed 's/^/size=/'
            return 0
        fi
    done
}

cf_guest_names() { # KIND FILE
    if [ -r "$2" ]; then
        grep -o '"names":\["[^"]*"' "$2" | sed "s/.*\\[\"/$1=/; s/\"\$//"
    fi
    return 0
}
