# What only the doctor asks of a Mac: which session this is, and krunkit, settings and sockets as they lie there.
# shellcheck disable=SC2154 # cf_tmp is lib.sh's
section_doctor() {
    if [ "$(uname -s)" != Darwin ]; then
        return 0
    fi
    cf_prefix=$CF_DOCTOR_PREFIX
    cf_run=$(getconf DARWIN_USER_TEMP_DIR 2>/dev/null || printf %s "${TMPDIR:-/tmp}")
    cf_run=${cf_run%/}/podman
    cf_doctor_session
    cf_doctor_processes
    cf_doctor_krunkit
    cf_doctor_podman
    cf_doctor_sockets
    cf_block pressure 5 sysctl -n kern.memorystatus_vm_pressure_level || :
    return 0
}

# A value may hold lines; the first is told. Of variables that name people or places only that they are set.
cf_doctor_session() {
    cf_newline='
'
    cf_fact env.PATH "${PATH%%"$cf_newline"*}"
    cf_fact wall "$(date +%Y-%m-%dT%H:%M:%S%z)"
    cf_fact temp "$(getconf DARWIN_USER_TEMP_DIR 2>/dev/null)"
    for cf_variable in TMPDIR XDG_CONFIG_HOME XDG_DATA_HOME XPC_SERVICE_NAME TERM_PROGRAM; do
        eval "cf_value=\${$cf_variable:-}"
        # shellcheck disable=SC2154 # eval assigns it
        if [ -n "$cf_value" ]; then
            cf_fact "env.$cf_variable" "${cf_value%%"$cf_newline"*}"
        fi
    done
    for cf_variable in SSH_CONNECTION TMUX; do
        if eval "[ -n \"\${$cf_variable:-}\" ]"; then
            cf_fact "env.$cf_variable" set
        fi
    done
    cf_block manager 5 launchctl managername || :
    cf_fact console "$(stat -f %Su /dev/console 2>/dev/null)"
    for cf_auth in "${XDG_CONFIG_HOME:-$HOME/.config}/containers/auth.json" "$HOME/.docker/config.json"; do
        if [ -r "$cf_auth" ] && grep -q osxkeychain "$cf_auth"; then
            cf_fact keychain_login "$cf_auth"
        fi
    done
    if [ -x /usr/bin/security ]; then
        cf_block keychain 5 /usr/bin/security show-keychain-info || :
    fi
    if [ "$CF_DOCTOR_SUDO" = yes ]; then
        cf_block sudo 5 sudo -n /usr/bin/pmset -g || :
    fi
}

# From this shell up to launchd by first words; and how much memory the machine's krunkit has.
cf_doctor_processes() {
    if ! cf_deadline 5 ps -axww -o pid=,ppid=,rss=,command= >"$cf_tmp/ps"; then
        return 0
    fi
    awk -v self="$$" -v disk="/$CF_DOCTOR_MACHINE-arm64.raw" '
        {
            n = split($4, part, "/")
            sub(/:$/, "", part[n])
            sub(/^-/, "", part[n])
            parent[$1] = $2
            name[$1] = part[n]
            for (i = 4; i <= 7 && i <= NF; i++) {
                n = split($i, part, "/")
                if (part[n] == "krunkit" && index($0, disk)) print "krunkit_rss=" $3
            }
        }
        END { for (pid = self; pid in parent && hops++ < 30; pid = parent[pid]) print "ancestor=" name[pid] }
    ' "$cf_tmp/ps"
}

cf_doctor_krunkit() {
    cf_krunkit=$cf_prefix/bin/krunkit
    if [ -e "$cf_krunkit" ]; then
        cf_block krunkit 10 "$cf_krunkit" --version || :
        cf_block entitlements 10 codesign -d --entitlements - "$cf_krunkit" || :
        if [ -e "$cf_prefix/opt/krunkit/share/krunkit/KRUN_EFI.silent.fd" ]; then
            cf_fact firmware present
        else
            cf_fact firmware absent
        fi
    fi
}

cf_doctor_podman() {
    # Where podman looks first for it: beside itself, then among Homebrew's programs.
    for cf_gvproxy in "$cf_prefix/opt/podman/libexec/podman/gvproxy" "$cf_prefix/bin/gvproxy"; do
        if [ -x "$cf_gvproxy" ]; then
            cf_fact gvproxy_path "$cf_gvproxy"
            cf_block gvproxy 5 "$cf_gvproxy" -version || :
            break
        fi
    done
    for cf_other in /opt/podman/bin/podman /usr/local/bin/podman; do
        if [ -x "$cf_other" ]; then
            cf_fact other_podman "$cf_other"
        fi
    done
    cf_config=${XDG_CONFIG_HOME:-$HOME/.config}/containers
    for cf_conf in "$cf_config/containers.conf" "$cf_config"/containers.conf.d/*.conf; do
        if [ -r "$cf_conf" ]; then
            awk -v path="$cf_conf" '
                /^[ \t]*\[/ { table = $0; gsub(/[][ \t]/, "", table); next }
                table == "machine" && /^[ \t]*provider[ \t]*=/ {
                    sub(/^[^=]*=[ \t]*/, "")
                    sub(/[ \t]*(#.*)?$/, "")
                    gsub(/["\047]/, "")
                    print "conf=" $0 " " path
                }
            ' "$cf_conf"
        fi
    done
}

cf_doctor_sockets() {
    if [ -s "$cf_run/gvproxy.pid" ]; then
        read -r cf_pid <"$cf_run/gvproxy.pid" || :
        case $cf_pid in
        *[!0-9]*) cf_what=other ;;
        *)
            case $(ps -o command= -p "$cf_pid" 2>/dev/null) in
            '') cf_what=gone ;;
            *gvproxy*) cf_what=gvproxy ;;
            *) cf_what=other ;;
            esac
            ;;
        esac
        cf_fact pid_file "$cf_what $cf_pid $cf_run/gvproxy.pid"
    fi
    if [ -L /var/run/docker.sock ] && [ ! -e /var/run/docker.sock ]; then
        cf_fact docker_sock "$(readlink /var/run/docker.sock)"
    fi
    if [ "$cf_run" != /tmp/podman ] && [ -w /tmp/podman ]; then
        for cf_socket in .sock -gvproxy.sock -api.sock; do
            if [ -e "/tmp/podman/$CF_DOCTOR_MACHINE$cf_socket" ]; then
                cf_fact split "/tmp/podman/$CF_DOCTOR_MACHINE$cf_socket"
            fi
        done
    fi
    if [ -r "$cf_run/$CF_DOCTOR_MACHINE.log" ]; then
        cf_fact emergency "$(tail -n 200 "$cf_run/$CF_DOCTOR_MACHINE.log" | grep -ci 'emergency mode')"
    fi
}
