# Where environments are, and how uv is called: its Pythons and its cache are ours, and nothing is put on a PATH.
# What uv says when it fails is told in its own words, then in one line with the remedy, by a status of its own.
# shellcheck disable=SC2034,SC2154  # what those that begin with it use, and say
ours=$HOME/.local/share/carbon-fleet
made=$ours/environments/.made
UV_PYTHON_INSTALL_DIR=$ours/python UV_CACHE_DIR=$HOME/Library/Caches/carbon-fleet/uv
UV_CREDENTIALS_DIR=$ours/python/.credentials UV_NO_PROGRESS=1 NO_COLOR=1 UV_LINK_MODE=clone
export UV_PYTHON_INSTALL_DIR UV_CACHE_DIR UV_CREDENTIALS_DIR UV_NO_PROGRESS NO_COLOR UV_LINK_MODE
unset VIRTUAL_ENV PYTHONHOME PYTHONPATH || :

die() { # STATUS WORD...
    status=$1
    shift
    printf '%s\n' "$*" >&2
    exit "$status"
}

need_uv() {
    command -v uv >/dev/null 2>&1 ||
        die 87 "there is no uv on this Mac"
}

calls() { # WORD...   uv, with its words in the file $said as well
    uv "$@" >"$said" 2>&1 </dev/null && return 0
    status=$?
    cat "$said" >&2
    return "$status"
}

told() { # WORD...   whether uv said one of these
    for word; do
        ! grep -qi -- "$word" "$said" || return 0
    done
    return 1
}

last() { # what uv itself said first of the error
    sed -n 's/^error: *//p' "$said" | head -n 1
}

because() { # WORD   the cause it named that begins so
    sed -n "s/^ *cause: *\\($1.*\\)/\\1/p" "$said" | head -n 1
}
