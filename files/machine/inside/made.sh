# How each container came to be: NAME|whether it runs|whether it is a pod's own|UNIT|its file|that file in base64|the command
# as JSON. What carbon-fleet's own units made is made again by the lab file.
by=$([ "$(id -u)" -eq 0 ] || echo --user)
all=$(podman ps -a --format '{{.Names}}') || exit
for container in $all; do
    unit=$(podman inspect --type container --format '{{index .Config.Labels "PODMAN_SYSTEMD_UNIT"}}' "$container") || exit
    file='' text=''
    case $unit in
    '' | '<no value>') unit= ;;
    *)
        # Quadlet's file, or the unit's own where nothing generated it. $by is nothing, or one word.
        # shellcheck disable=SC2086
        file=$(systemctl $by show --property=SourcePath --property=FragmentPath "$unit" | sort -r | sed -n 's/^[^=]*=\(.\)/\1/p' | head -n 1)
        case $file in
        */carbon-fleet-*) continue ;;
        /etc/* | "$HOME"/*) text=$(base64 <"$file" | tr -d '\n') ;;
        esac
        ;;
    esac
    podman inspect --type container --format "{{.Name}}|{{.State.Running}}|{{.IsInfra}}|$unit|$file|$text|{{json .Config.CreateCommand}}" \
        "$container" || exit
done
