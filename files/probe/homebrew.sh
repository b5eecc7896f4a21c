# Homebrew as it lies on disk; `brew` itself is never started: it takes a second and may start updating.
# Shell globbing does the walking, so that hundreds of kegs cost no process; one awk reads all small files.
# shellcheck disable=SC2154 # cf_tmp is lib.sh's
section_homebrew() {
    cf_prefix=$CF_HOMEBREW_PREFIX
    # Apple's own package puts it there; the formula would be a second one. An Intel Mac's Homebrew has that place.
    if [ -x /usr/local/bin/container ] && [ ! -x /usr/local/bin/brew ]; then
        cf_fact brought container
    fi
    if [ ! -x "$cf_prefix/bin/brew" ]; then
        cf_fact brew absent
        for cf_other in /opt/homebrew /usr/local /home/linuxbrew/.linuxbrew; do
            if [ "$cf_other" != "$cf_prefix" ] && [ -x "$cf_other/bin/brew" ]; then
                cf_fact other "$cf_other"
            fi
        done
        return 0
    fi
    cf_fact brew present
    cf_repository=$cf_prefix
    if [ -d "$cf_prefix/Homebrew/Library" ]; then
        cf_repository=$cf_prefix/Homebrew
    fi
    cf_brew_readable || return 1
    cf_brew_itself
    cf_brew_kegs
    set --
    cf_names=$CF_HOMEBREW_NAMES
    for cf_tap in "$cf_repository"/Library/Taps/*/*; do
        if [ -d "$cf_tap" ]; then
            cf_brew_tap
            if [ -f "$cf_tap/.git/config" ]; then
                set -- "$@" "$cf_tap/.git/config"
            fi
        fi
    done
    for cf_name in $cf_names; do
        cf_brew_formula
        for cf_receipt in "$cf_prefix/Cellar/$cf_name"/*/INSTALL_RECEIPT.json; do
            if [ -f "$cf_receipt" ]; then
                set -- "$@" "$cf_receipt"
            fi
        done
    done
    cf_home_of_settings=${XDG_CONFIG_HOME:-${HOMEBREW_XDG_CONFIG_HOME:-}}
    cf_trust=$HOME/.homebrew/trust.json
    if [ -n "$cf_home_of_settings" ]; then
        cf_trust=$cf_home_of_settings/homebrew/trust.json
    fi
    cf_fact trust_store "$cf_trust"
    if [ -f "$cf_trust" ]; then
        set -- "$@" "$cf_trust"
    fi
    if [ "$#" -gt 0 ]; then
        # shellcheck disable=SC2016  # the program is awk's
        cf_block files 10 awk 'FNR == 1 { print "@" FILENAME } { sub(/^[ \t]+/, ""); print " " $0 }' "$@"
    fi
    cf_brew_bottles
    return 0
}

# The sha256 of the bottle each keg was poured from: where brew's bill of materials has it not, of the bottle itself.
cf_brew_bottles() {
    set --
    for cf_name in $cf_names; do
        for cf_bill in "$cf_prefix/Cellar/$cf_name"/*/sbom.spdx.json; do
            if [ -f "$cf_bill" ]; then
                set -- "$@" "$cf_bill"
            fi
        done
    done
    : >"$cf_tmp/bottles"
    if [ "$#" -gt 0 ]; then
        # shellcheck disable=SC2016  # the program is awk's
        cf_deadline 5 awk '
            FNR == 1 { inside = 0 }
            /"SPDXID": *"/ { inside = ($0 ~ /"SPDXRef-Bottle-/) }
            inside && /"checksumValue": *"/ {
                sub(/.*: *"/, ""); sub(/".*/, "")
                n = split(FILENAME, part, "/")
                if (length($0) == 64 && $0 !~ /[^0-9a-f]/) print "bottle=" part[n - 2] " " part[n - 1] " " $0
                inside = 0
            }
        ' "$@" >"$cf_tmp/bottles" 2>/dev/null || :
        cat "$cf_tmp/bottles"
    fi
    for cf_name in $cf_names; do
        for cf_receipt in "$cf_prefix/Cellar/$cf_name"/*/INSTALL_RECEIPT.json; do
            cf_keg=${cf_receipt%/*}
            if [ -f "$cf_receipt" ] && ! grep -qF "bottle=$cf_name ${cf_keg##*/} " "$cf_tmp/bottles"; then
                cf_brew_poured "${cf_keg##*/}"
            fi
        done
    done
}

# Only of a bottle that was there before it was poured: one that came later may be another of the same version.
cf_brew_poured() { # VERSION
    cf_cache=${HOMEBREW_CACHE:-$HOME/Library/Caches/Homebrew}/downloads
    cf_version=$1
    set --
    for cf_bottle in "$cf_cache"/*--"$cf_name--$cf_version".[a-z]*.bottle*.tar.gz \
        "$cf_cache"/*--"$cf_name-$cf_version".[a-z]*.bottle*.tar.gz; do
        if [ -f "$cf_bottle" ]; then
            set -- "$@" "$cf_bottle"
        fi
    done
    if [ "$#" -eq 1 ] && [ -z "$(find "$1" -newer "$cf_receipt")" ]; then
        cf_sum=$(cf_deadline 10 shasum -a 256 "$1" 2>/dev/null | cut -d ' ' -f 1)
        if [ -n "$cf_sum" ]; then
            cf_fact bottle "$cf_name $cf_version $cf_sum"
        fi
    fi
}

cf_brew_readable() { # a folder that may not be listed would look empty
    for cf_folder in Cellar opt Caskroom var/homebrew/linked var/homebrew/pinned; do
        if [ -d "$cf_prefix/$cf_folder" ] && ! { [ -r "$cf_prefix/$cf_folder" ] && [ -x "$cf_prefix/$cf_folder" ]; }; then
            echo "$cf_prefix/$cf_folder may not be read by this user" >&2
            return 1
        fi
    done
}

cf_brew_itself() { # its version as `brew` caches it, whether it knows `brew trust`, whether we may write
    cf_git=$cf_repository/.git
    cf_brew_revision
    cf_version=
    if [ -n "$cf_revision" ] && [ -r "$cf_git/describe-cache/$cf_revision" ]; then
        read -r cf_version <"$cf_git/describe-cache/$cf_revision" || :
    fi
    cf_fact version "$cf_version"
    if [ -f "$cf_repository/Library/Homebrew/cmd/trust.rb" ]; then
        cf_fact trust_command yes
    elif [ -d "$cf_repository/Library/Homebrew/cmd" ]; then
        cf_fact trust_command no
    fi
    cf_fact repository "$cf_repository"
    cf_cellar=$cf_prefix/Cellar
    if [ ! -e "$cf_cellar" ]; then
        cf_cellar=$cf_prefix
    fi
    if [ -w "$cf_cellar" ]; then
        cf_fact writable yes
    else
        cf_fact writable no
    fi
}

cf_brew_revision() { # the commit that the repository at $cf_git is on
    cf_revision=
    if [ -r "$cf_git/HEAD" ]; then
        read -r cf_revision <"$cf_git/HEAD" || :
    fi
    case $cf_revision in
    'ref: '*)
        cf_ref=${cf_revision#ref: }
        cf_revision=
        if [ -r "$cf_git/$cf_ref" ]; then
            read -r cf_revision <"$cf_git/$cf_ref" || :
        elif [ -r "$cf_git/packed-refs" ]; then
            while read -r cf_word cf_rest; do
                if [ "$cf_rest" = "$cf_ref" ]; then
                    cf_revision=$cf_word
                    break
                fi
            done <"$cf_git/packed-refs"
        fi
        ;;
    esac
}

cf_brew_kegs() { # all that is installed, by name and version; a link in the Cellar is a formula's former name
    for cf_rack in "$cf_prefix"/Cellar/*; do
        if [ -L "$cf_rack" ]; then
            cf_fact alias "${cf_rack##*/}"
        elif [ -d "$cf_rack" ]; then
            cf_fact rack "${cf_rack##*/}"
            for cf_keg in "$cf_rack"/*; do
                if [ -d "$cf_keg" ]; then
                    cf_fact keg "${cf_rack##*/} ${cf_keg##*/}"
                fi
            done
        fi
    done
    for cf_keg in "$cf_prefix"/Caskroom/*/*; do
        if [ -d "$cf_keg" ] && [ ! -L "${cf_keg%/*}" ]; then
            cf_keg=${cf_keg#"$cf_prefix/Caskroom/"}
            cf_fact cask "${cf_keg%/*} ${cf_keg##*/}"
        fi
    done
    # One that somebody installed by hand: brew would refuse to put its own in that place.
    if [ -d /Applications/Docker.app ] || [ -d "$HOME/Applications/Docker.app" ]; then
        cf_fact app docker-desktop
    fi
    for cf_pin in "$cf_prefix"/var/homebrew/pinned/*; do
        if [ -L "$cf_pin" ]; then
            cf_fact pinned "${cf_pin##*/}"
        fi
    done
}

cf_brew_tap() { # a clone that was cut off has no formula yet; formulae of a former tap are looked at too
    cf_owner=${cf_tap%/*}
    cf_slug=${cf_tap##*/}
    cf_slug=${cf_owner##*/}/${cf_slug#homebrew-}
    cf_state=incomplete
    for cf_formula in "$cf_tap"/Formula/*.rb "$cf_tap"/Formula/*/*.rb "$cf_tap"/Casks/*.rb "$cf_tap"/Casks/*/*.rb "$cf_tap"/HomebrewFormula/*.rb "$cf_tap"/*.rb; do
        if [ -e "$cf_formula" ]; then
            cf_state=complete
            case " $CF_HOMEBREW_OLD_TAPS " in
            *" $cf_slug "*)
                cf_formula=${cf_formula##*/}
                cf_brew_also "${cf_formula%.rb}"
                ;;
            esac
        fi
    done
    cf_fact tap "$cf_slug $cf_state"
    # A mirror's commits stand for upstream's: so that Macs with and without a mirror tell the same.
    if [ -f "$cf_tap/.carbon-fleet-upstream" ]; then
        cf_git=$cf_tap/.git
        cf_brew_revision
        while read -r cf_word cf_rest; do
            if [ -n "$cf_rest" ]; then
                cf_fact upstream "$cf_slug $cf_word $cf_rest"
            else
                cf_fact upstream "$cf_slug $cf_revision $cf_word"
            fi
        done <"$cf_tap/.carbon-fleet-upstream"
    fi
}

cf_brew_also() { # NAME   one more formula to look at, when it is installed
    case " $cf_names " in
    *" $1 "*) ;;
    *)
        if [ -d "$cf_prefix/Cellar/$1" ]; then
            cf_names="$cf_names $1"
        fi
        ;;
    esac
}

cf_brew_formula() { # which version its links lead to; `-` when they lead nowhere
    cf_link=$cf_prefix/var/homebrew/linked/$cf_name
    cf_linked=
    if [ -L "$cf_link" ]; then
        cf_linked=-
        if cd -P "$cf_link" 2>/dev/null; then
            cf_linked=${PWD##*/}
        fi
        cf_fact linked "$cf_name $cf_linked"
    fi
    if [ -L "$cf_prefix/opt/$cf_name" ] && cd -P "$cf_prefix/opt/$cf_name" 2>/dev/null; then
        cf_fact opt "$cf_name ${PWD##*/}"
    fi
    if [ -z "$cf_linked" ] && [ -d "$cf_prefix/Cellar/$cf_name" ]; then
        for cf_formula in "$cf_prefix/Cellar/$cf_name"/*/.brew/"$cf_name.rb"; do
            if [ -f "$cf_formula" ] && cf_deadline 5 grep -q '^ *keg_only' "$cf_formula"; then
                cf_fact keg_only "$cf_name"
            fi
        done
    fi
    cd / || return 1
}
