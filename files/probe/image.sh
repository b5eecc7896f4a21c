# The images there are, ours and others, and how many containers use each; what is free on the disk they are on.
# Without -a: build steps inherit our label, but have no tag.
section_image() {
    cf_fact free "$(df -Pk /var/lib/containers 2>/dev/null | awk 'NR == 2 { print $4 }')"
    cf_block images 15 podman images --no-trunc --format json || :
}
