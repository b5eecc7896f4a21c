# Stop a machine and set its files aside, so that another can be made and this one comes back.   NAME PROVIDER SECONDS NEXT
# shellcheck disable=SC2154 # lib.sh and replaced.sh stand before this
seconds=$1
next=$2 # the provider of the machine that takes its place
umask 077
case $(phase) in
moved) exit 0 ;;
moving)
    # Cut off in the middle of the renames.
    [ ! -s "$kept/machine/provider" ] || at "$(cat "$kept/machine/provider")"
    if [ -e "$kept/machine/$name.json" ] && [ -e "$json" ]; then
        echo "somebody made another machine $name while this one was set aside, to $kept" >&2
        exit 75
    fi
    if [ -e "$json" ] && [ -n "$(hypervisor)" ]; then
        halt "$seconds" || put_back "the machine could not be stopped"
    fi
    ;;
*)
    # Without a note nothing was saved: by consent all of it stays on the disk that is set aside.
    if [ "$(phase)" != saved ]; then
        fresh_folder || exit 1
        [ -n "$(hypervisor)" ] || : >"$kept/was-stopped"
        one_file_system || put_back "$store and $data are not on one file system: a disk could not be moved by a rename"
    fi
    { mkdir -p "$kept/machine" && printf '%s\n' "$next" >"$kept/next"; } || put_back "no folder could be made for its files"
    restore_text | kept_script restore || put_back "its way back could not be written"
    if [ "$(phase)" = saved ] && [ -n "$(hypervisor)" ]; then
        way_in "$json"
        for who in root "$user"; do
            late=$(inside "$who" 'podman ps --format "{{.Names}}"' </dev/null) || put_back "it could not be entered any more"
            [ -z "$late" ] || put_back "in it $(printf %s "$late" | tr '\n' ' ') was started after its volumes were saved"
        done
    fi
    if [ -e "$json" ]; then
        halt "$seconds" || put_back "the machine could not be stopped"
    fi
    reach moving || put_back "no note could be made of it"
    ;;
esac
set_aside "$kept" || put_back "its files could not be set aside"
# init would fail over them; where one stays, it does, and the machine comes back.
for connection in "$name" "$name-root"; do
    podman system connection remove "$connection" >/dev/null 2>&1
done
sync
reach moved
