# The images carbon-fleet built, and how many containers use each. Without -a: build steps inherit the label, but have no tag.
section_image() {
    cf_block images 15 podman images --no-trunc --filter label=io.carbon-fleet.inputs --format json || :
}
