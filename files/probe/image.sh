# The images there are, ours and others, and how many containers use each; what is free on the disk they are on.
# Without -a: build steps inherit our label, but have no tag.
section_image() {
    cf_fact free "$(df -Pk /var/lib/containers 2>/dev/null | awk 'NR == 2 { print $4 }')"
    cf_block images 15 podman images --no-trunc --format json || :
    # Podman counts what containers are made from, not what they mount. It is asked where one of ours is there that may go.
    cf_spare=
    for cf_tag in $(cf_said | grep -oE 'localhost/carbon-fleet/[a-z0-9-]+:[0-9a-f]+'); do
        case " ${CF_IMAGE_TAGS:-} " in
        *" $cf_tag "*) ;;
        *) cf_spare=yes ;;
        esac
    done
    if [ -n "$cf_spare" ]; then
        # shellcheck disable=SC2016  # the inner sh expands it
        cf_block mounts 15 sh -c 'ids=$(podman ps -aq) && { [ -z "$ids" ] ||
            podman inspect --type container --format "{{json .Mounts}}" $ids; }' || :
    fi
}
