# The instance of Lima or Colima that this Mac's lab file means. Nothing is started by looking: `limactl shell` would
# offer to start one that is stopped, so that only one that runs is entered.
# shellcheck disable=SC2154 # cf_tmp is lib.sh's
section_lima() {
    cf_fact kind "$CF_LIMA_KIND"
    cf_fact name "$CF_LIMA_NAME"
    cf_lima_look "$CF_LIMA_KIND"
    if [ -n "$cf_any" ] && [ -n "$cf_program" ] && cf_lima_gpu; then
        case $CF_LIMA_KIND in
        colima) set -- ssh --profile "$CF_LIMA_NAME" -- ;;
        *) set -- shell --workdir / "$CF_LIMA_NAME" ;;
        esac
        cf_block inside 60 env "PATH=$CF_PREFIX/bin:$PATH" "$cf_program" "$@" sh -c "$CF_LIMA_INSIDE" sh \
            "$CF_LIMA_IMAGE" "$CF_LIMA_DIGEST" || :
    fi
    return 0
}

# Whether it is listed as running, and its type is krunkit, as the listing or its lima.yaml says.
cf_lima_gpu() {
    grep "\"name\":\"$CF_LIMA_NAME\"" "$cf_tmp/out" >"$cf_tmp/one" 2>/dev/null || return 1
    grep -q '"status":"Running"' "$cf_tmp/one" || return 1
    grep -q '"vmType":"krunkit"' "$cf_tmp/one" \
        || grep -q '^vmType: *"\{0,1\}krunkit' "$(cf_lima_folder "$CF_LIMA_KIND")/$CF_LIMA_FOLDER/lima.yaml"
}

# Only what is asked for leaves the Mac: an instance's configuration may hold anybody's secrets. Also the matrix's.
cf_lima_folder() { # KIND   where its instances are
    case $1 in
    lima) printf '%s\n' "${LIMA_HOME:-$HOME/.lima}" ;;
    colima)
        cf_colima=${COLIMA_HOME:-$HOME/.colima}
        if [ ! -d "$cf_colima" ] && [ -d "${XDG_CONFIG_HOME:-$HOME/.config}/colima" ]; then
            cf_colima=${XDG_CONFIG_HOME:-$HOME/.config}/colima
        fi
        printf '%s\n' "${LIMA_HOME:-$cf_colima/_lima}"
        ;;
    esac
}

cf_lima_program() { # KIND
    case $1 in
    lima) cf_name=limactl ;;
    *) cf_name=colima ;;
    esac
    for cf_path in "$CF_PREFIX/bin/$cf_name" /usr/local/bin/"$cf_name"; do
        if [ -x "$cf_path" ]; then
            printf '%s\n' "$cf_path"
            return 0
        fi
    done
}

# Facts KIND_program, KIND_instance (`NAME TYPE` of each), block KIND-list; nothing where there is no instance.
cf_lima_look() { # KIND
    cf_kind=$1
    cf_program=$(cf_lima_program "$cf_kind")
    if [ -n "$cf_program" ]; then
        cf_fact "${cf_kind}_program" "$cf_program"
    fi
    cf_any=
    for cf_yaml in "$(cf_lima_folder "$cf_kind")"/*/lima.yaml; do
        cf_instance=${cf_yaml%/lima.yaml}
        cf_instance=${cf_instance##*/}
        if [ -f "$cf_yaml" ] && cf_own "$cf_kind" "$cf_instance"; then
            cf_any=yes
            cf_fact "${cf_kind}_instance" "$cf_instance $(cf_lima_type "$cf_yaml")"
        fi
    done
    if [ -n "$cf_any" ] && [ -n "$cf_program" ]; then
        cf_lima_list || :
    fi
}

cf_lima_type() { # LIMA.YAML   what it says, if it says one
    sed -n 's/^vmType: *"\{0,1\}\([a-z0-9]*\).*/\1/p' "$1" | sed -n 1p
}

cf_own() { # KIND INSTANCE   Colima's are named after it; `_config`, `_disks`, `_networks` are none
    case $1-$2 in
    *-_*) return 1 ;;
    colima-colima | colima-colima-*) return 0 ;;
    lima-*) return 0 ;;
    *) return 1 ;;
    esac
}

# Colima calls limactl by PATH, where Homebrew is not in a session without a login.
cf_lima_list() {
    cf_listed=0
    cf_deadline 20 env "PATH=$CF_PREFIX/bin:$PATH" "$cf_program" list --json >"$cf_tmp/listed" 2>"$cf_tmp/listed-err" || cf_listed=$?
    if [ "$cf_listed" -ne 0 ]; then
        # shellcheck disable=SC2016 # it is for that shell
        cf_block "$cf_kind-list" 5 /bin/sh -c 'cat "$1" >&2; exit "$2"' sh "$cf_tmp/listed-err" "$cf_listed"
        return 0
    fi
    # shellcheck disable=SC2016 # it is perl
    cf_block "$cf_kind-list" 10 perl -MJSON::PP -ne 'next unless /\S/; my $said = JSON::PP->new->decode($_);
        my %told = map { exists $said->{$_} ? ($_, $said->{$_}) : () } qw(name status vmType arch cpus memory disk runtime limaVersion);
        print JSON::PP->new->canonical->encode(\%told), "\n"' "$cf_tmp/listed"
}
