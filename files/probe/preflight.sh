# What this machine is, before anything is asked of it. `uname -m` would say x86_64 under Rosetta: sysctl knows better.
section_preflight() {
    cf_os=$(uname -s)
    cf_fact os "$cf_os"
    if [ "$cf_os" != Darwin ]; then
        return 0
    fi
    cf_fact uid "$(id -u)"
    cf_fact home "$HOME"
    # In a lab's directory a name is a question to a server, and may take its time.
    cf_block user 10 id -un
    cf_block macos 10 sw_vers -productVersion
    # An unknown name makes sysctl fail, yet it answers the others.
    cf_block sysctl 10 sysctl hw.optional.arm64 kern.hv_support kern.hv_vmm_present hw.memsize hw.ncpu machdep.cpu.brand_string
    cf_block free 10 df -kP "$HOME"
    cf_vm_disk=${XDG_DATA_HOME:-$HOME/.local/share}/containers/podman/machine/libkrun/$CF_PREFLIGHT_MACHINE-arm64.raw
    if [ -f "$cf_vm_disk" ]; then
        cf_block vm-disk 10 du -k "$cf_vm_disk"
    fi
    return 0
}
