# What is in an image, read from its files without running any of it: TAG
# Prints lines: image ID CREATED(seconds since 1970) INPUTS, os ID VERSION, label NAME=VALUE, deb NAME VERSION ARCHITECTURE SOURCE, pip NAME
# VERSION, file SHA256 PATH (of the Venus layer, which is no package).
set -eu
if ! podman image exists "$1"; then
    echo "there is no image $1 here: run \`carbon-fleet apply\` over this Mac first" >&2
    exit 66
fi
root=$(podman image mount "$1")
trap 'podman image unmount "$1" >/dev/null 2>&1' EXIT
trap 'exit 143' HUP INT TERM
podman image inspect --format 'image {{.Id}} {{.Created.Unix}} {{index .Labels "io.carbon-fleet.inputs"}}' "$1"
podman image inspect --format '{{range $name, $value := .Labels}}{{printf "label %s=%s\n" $name $value}}{{end}}' "$1" |
    grep -e '^label io\.carbon-fleet\.mesa\.' -e '^label org\.opencontainers\.image\.' || :
for release in "$root/etc/os-release" "$root/usr/lib/os-release"; do
    if [ -f "$release" ]; then
        awk -F '[="]+' '
            $1 == "ID" { id = $2 }
            $1 == "VERSION_ID" { version = $2 }
            END { if (id) print "os", id, version ? version : "-" }' "$release"
        break
    fi
done
# dpkg's own list, and those that images without dpkg have, a file each.
for list in "$root/var/lib/dpkg/status" "$root"/var/lib/dpkg/status.d/*; do
    case $list in
    *.md5sums) ;;
    *) if [ -f "$list" ]; then cat "$list" && echo; fi ;;
    esac
done | awk '
    function told() {
        if (name && version && (status == "" || status ~ / installed$/)) {
            print "deb", name, version, arch ? arch : "-", source ? source : "-"
        }
        name = version = arch = source = status = ""
    }
    /^$/ { told() }
    /^Package:/ { name = $2 }
    /^Version:/ { version = $2 }
    /^Architecture:/ { arch = $2 }
    /^Source:/ { source = $2 }
    /^Status:/ { status = $0 }
    END { told() }' | sort -u
find "$root" -xdev -path '*.dist-info/METADATA' -exec awk '
    FNR == 1 { name = ""; head = 1 }
    /^$/ { head = 0 }
    head && /^Name:/ { name = $2 }
    head && /^Version:/ { print "pip", name, $2 }' {} + | sort -u
if [ -d "$root/opt/venus" ]; then
    (cd "$root" && find opt/venus -type f -exec sha256sum {} +) | sort -k 2 | sed 's|^\([0-9a-f]*\)  |file \1 /|'
fi
