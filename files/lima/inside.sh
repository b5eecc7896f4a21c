# What the virtual machine this runs in has for a GPU in containers: lines KEY=VALUE.   IMAGE DIGEST
# shellcheck disable=SC2086 # an engine's name may be `sudo -n nerdctl`: words
engine() {
    for name in docker nerdctl podman 'sudo -n nerdctl'; do
        if timeout 10 $name info >/dev/null 2>&1; then
            echo "$name"
            return 0
        fi
    done
}
if [ -c /dev/dri/renderD128 ]; then echo render=yes; else echo render=no; fi
engine=$(engine)
if [ -n "$engine" ]; then
    echo "engine=$engine $(timeout 10 $engine version --format '{{.Client.Version}}' 2>/dev/null)"
    if [ -n "$1" ]; then
        if ! said=$(timeout 15 $engine image inspect "$1" 2>/dev/null); then
            echo image=absent
        elif printf '%s\n' "$said" | grep -q "$2"; then
            echo image=there
        else
            echo image=other
        fi
    fi
fi
