# What this machine is, before anything is asked of it. `uname -m` would say x86_64 under Rosetta: sysctl knows better.
section_preflight() {
    cf_os=$(uname -s)
    cf_fact os "$cf_os"
    if [ "$cf_os" = Linux ] && [ -n "${CF_PREFLIGHT_LINUX:-}" ]; then
        cf_preflight_linux
    fi
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
    for cf_protocol in $CF_PREFLIGHT_PROTOCOLS; do
        cf_listeners "$cf_protocol"
    done
    return 0
}

# Who listens, for the ports the lab file wants. lsof would show a user only the user's own processes; netstat shows all.
# Of the other ports only their numbers are told, so that a free one can be proposed.
# shellcheck disable=SC2154 # cf_tmp is lib.sh's
cf_listeners() { # PROTOCOL
    cf_status=0
    cf_deadline 10 netstat -anv -p "$1" >"$cf_tmp/netstat" 2>"$cf_tmp/err" || cf_status=$?
    cf_fact "netstat_$1" "$cf_status"
    awk -v wanted=" $CF_PREFLIGHT_PORTS " -v protocol="$1" '
        $1 == "Proto" { print "columns_" protocol "=" $0; next }
        $1 !~ ("^" protocol) || (protocol == "tcp" && $6 != "LISTEN") { next }
        {
            n = split($4, part, ".")
            if (part[n] !~ /^[0-9]+$/) next
            if (!(part[n] in told)) { told[part[n]] = 1; busy = busy " " part[n] }
            if (index(wanted, " " protocol "/" part[n] " ")) print "listener=" $0
        }
        END { print "busy_" protocol "=" busy }
    ' "$cf_tmp/netstat" >"$cf_tmp/listening"
    cat "$cf_tmp/listening"
    cf_quote '!' "$cf_tmp/err"
    if grep -q '^listener=' "$cf_tmp/listening" && ! grep -q 'process:pid' "$cf_tmp/listening"; then
        cf_programs
    fi
}

# Until macOS 15 netstat tells only numbers. Every figure beside a listener is looked up: one of them is its process.
cf_programs() {
    cf_deadline 5 ps -axo pid=,comm= >"$cf_tmp/programs" || return 0
    awk '
        /^listener=/ { for (i = 6; i <= NF; i++) figure[$i] = 1; next }
        /^[a-z]/ { next }
        $1 in figure { print "program=" $0 }
    ' "$cf_tmp/listening" "$cf_tmp/programs"
}

# A Linux host that the lab file names as one: what it is, and what has to be there before anything of ours is.
cf_preflight_linux() {
    cf_fact uid "$(id -u)"
    cf_fact home "$HOME"
    cf_fact arch "$(uname -m)"
    cf_fact cpus "$(getconf _NPROCESSORS_ONLN)"
    cf_fact memory "$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)"
    if [ -d /run/systemd/system ]; then cf_fact systemd yes; else cf_fact systemd no; fi
    cf_block user 10 id -un
    cf_block release 5 cat /etc/os-release || :
    # Images and volumes lie below; before podman's first use only some folder above is there.
    cf_place=/var/lib/containers
    while [ ! -d "$cf_place" ]; do
        cf_place=${cf_place%/*}
        cf_place=${cf_place:-/}
    done
    cf_block free 10 df -kP "$cf_place"
    cf_block podman 10 podman --version || :
    cf_block perl 5 perl -MDigest::SHA -MMIME::Base64 -MFcntl -MFile::Path -MIO::Socket::IP -e 1 || :
    cf_root=
    if [ "$(id -u)" -ne 0 ]; then
        cf_root='sudo -n'
        cf_block sudo 10 sudo -n true || :
    fi
    # Whose a socket is, is told to root alone. The words are meant to be split.
    for cf_protocol in $CF_PREFLIGHT_PROTOCOLS; do
        # shellcheck disable=SC2086
        cf_block "listening_$cf_protocol" 10 $cf_root ss -H -l -n -p "--$cf_protocol" || :
    done
}
