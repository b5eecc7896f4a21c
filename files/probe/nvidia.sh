# NVIDIA's GPU on a Linux host: the driver and its GPUs, the container toolkit, and the CDI specifications podman reads.
section_nvidia() {
    cf_fact asked "$CF_NVIDIA_ASKED"
    if [ "$CF_NVIDIA_ASKED" != yes ]; then
        return 0
    fi
    cf_block gpus 20 nvidia-smi --query-gpu=driver_version,name,memory.total,uuid --format=csv,noheader || :
    cf_block toolkit 10 nvidia-ctk --version || :
    # By which driver each was generated, its libraries tell: their names end in the driver's version.
    for cf_spec in $CF_NVIDIA_SPECS; do
        if [ -f "$cf_spec" ]; then
            cf_version=$(sed -n 's/.*libcuda\.so\.\([0-9][0-9.]*[0-9]\).*/\1/p' "$cf_spec" | sed -n 1p)
            cf_fact spec "$cf_spec ${cf_version:-unknown}"
        elif [ -e "$cf_spec" ] || [ -L "$cf_spec" ]; then
            cf_fact spec "$cf_spec other"
        fi
    done
    cf_block devices 10 nvidia-ctk cdi list || :
}
