# What every probe section stands on. POSIX sh; macOS and Linux userland.
# Facts are `key=value` lines; a block is the output of one outside command; see carbon_fleet/snapshot/wire.py.
LC_ALL=C
export LC_ALL
umask 077
cf_tmp=$(mktemp -d "${TMPDIR:-/tmp}/carbon-probe.XXXXXX") || exit 1
trap 'rm -rf "$cf_tmp"' EXIT
trap 'exit 143' HUP INT TERM PIPE

cf_fact() { # KEY VALUE
    printf '%s=%s\n' "$1" "$2"
}

cf_deadline() { # SECONDS COMMAND...   macOS has no timeout(1), Fedora CoreOS may have no perl
    if [ -x /usr/bin/timeout ]; then
        timeout -k 2 "$@"
    else
        perl -e "$CF_DEADLINE" "$@"
    fi
}

cf_quote() { # PREFIX FILE   awk also ends a last line that has no newline
    if [ -s "$2" ]; then
        awk -v prefix="$1" '{ print prefix $0 }' "$2"
    fi
}

cf_block() { # NAME SECONDS COMMAND...
    cf_name=$1
    cf_seconds=$2
    shift 2
    cf_status=0
    cf_deadline "$cf_seconds" "$@" >"$cf_tmp/out" 2>"$cf_tmp/err" || cf_status=$?
    printf '%%block %s\n' "$cf_name"
    cf_quote '|' "$cf_tmp/out"
    cf_quote '!' "$cf_tmp/err"
    printf '%%status %s %s\n' "$cf_name" "$cf_status"
    return "$cf_status"
}

cf_said() { # what the last block's command printed
    cat "$cf_tmp/out"
}

cf_stat() { # PATH   -> "MODE OWNER GROUP"; GNU first: its `stat -f` prints something else before it fails
    stat -c '%a %U %G' "$1" 2>/dev/null || stat -f '%Lp %Su %Sg' "$1"
}

cf_file() { # PATH   a small text file, whole: its kind, and for a readable one mode, owner, group and content
    if [ -L "$1" ]; then
        cf_fact file "link $1"
    elif [ -d "$1" ]; then
        cf_fact file "directory $1"
    elif [ ! -e "$1" ]; then
        cf_fact file "absent $1"
    elif [ ! -r "$1" ]; then
        cf_fact file "unreadable $1"
    else
        cf_fact file "regular $(cf_stat "$1") $1"
        cf_block "file $1" 5 base64 <"$1"
    fi
}

cf_models() { # FOLDER   models by their sha256, each with its size, time, inode and mode, and those it had when it was checked
    for cf_path in "$1"/*; do
        cf_name=${cf_path##*/}
        if [ ${#cf_name} -eq 64 ] && [ -f "$cf_path" ]; then
            cf_fact model "$cf_name $(stat -c '%s %Y %i %a' "$cf_path" 2>/dev/null || stat -f '%z %m %i %Lp' "$cf_path")"
            [ ! -f "$cf_path.checked" ] || cf_fact checked "$cf_name $(cat "$cf_path.checked")"
        fi
    done
}

cf_now() { # milliseconds, only when timings are asked for: it costs a process
    if [ -n "${CF_TIMING:-}" ]; then
        perl -MTime::HiRes=time -e 'printf " %d", time * 1000' 2>/dev/null || date +' %s%3N'
    fi
}

cf_section() { # NAME   runs section_NAME apart, so that its failure is its own
    cf_began=$(cf_now)
    printf '%%section %s\n' "$1"
    cf_section_status=0
    ("section_$1") 2>"$cf_tmp/section" || cf_section_status=$?
    cf_quote '!' "$cf_tmp/section"
    if [ -n "$cf_began" ]; then
        printf '%%end %s %s %s\n' "$1" "$cf_section_status" "$(($(cf_now) - cf_began))"
    else
        printf '%%end %s %s\n' "$1" "$cf_section_status"
    fi
}

cf_home() { # PATH   a leading ~/ is the login user's home
    # shellcheck disable=SC2088  # the tilde is meant as text
    case $1 in
    '~/'*) printf '%s/%s\n' "$HOME" "${1#??}" ;;
    *) printf '%s\n' "$1" ;;
    esac
}

cf_any() { # PATH...   whether the first is there: what a pattern came to
    [ -e "$1" ]
}

# Our own notes on this Mac, of whatever lab: stacks that were applied by a runtime, how its engine was found.
cf_noted() { # RESOURCE   whether they name one of it
    grep -Eqs "\"$1[.](stack[.]|(app|cli)\":)" "$HOME/.local/state/carbon-fleet"/applied-*.json \
        "$HOME/.local/state/carbon-fleet"/found-*.json
}
