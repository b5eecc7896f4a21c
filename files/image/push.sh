# Pushes images to a registry, several as one that has them all by platform: TARGET USER INSECURE IMAGE...
# Prints `digest sha256:…`.
set -eu
target=$1 keys=
door "$@"
shift 3
place=$(mktemp -d)
list=
leave() {
    rm -rf "$place" "${keys:-$place}"
    [ -z "$list" ] || podman manifest rm "$list" >/dev/null 2>&1 || :
}
trap leave EXIT
trap 'exit 143' HUP INT TERM
for image in "$@"; do
    if ! podman image exists "$image"; then
        echo "there is no image $image here: run \`carbon-fleet images build\` with the same platforms first" >&2
        exit 66
    fi
done
if [ $# -eq 1 ]; then
    podman push ${tls:+"$tls"} --quiet --digestfile "$place/digest" "$1" "docker://$target" </dev/null >/dev/null
else
    list=localhost/carbon-fleet-publish/list:$$
    podman manifest create "$list" >/dev/null
    for image in "$@"; do
        podman manifest add "$list" "containers-storage:$image" >/dev/null
    done
    podman manifest push ${tls:+"$tls"} --quiet --all --digestfile "$place/digest" "$list" "docker://$target" </dev/null >/dev/null
fi
printf 'digest %s\n' "$(cat "$place/digest")"
