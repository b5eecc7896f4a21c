# Where a host keeps models: a Mac with its other caches, a Linux host where the XDG Base Directory Specification has them.
# Before 2026-11-30 a Linux host had them in a Mac's place: what is there still is taken over, and fetched by nobody again.
models_folder() { # prints it; it need not be there
    mac=$HOME/Library/Caches/carbon-fleet/models
    if [ "$(uname -s)" != Linux ]; then
        printf '%s\n' "$mac"
        return
    fi
    linux=$HOME/.cache/carbon-fleet/models
    if [ -d "$mac" ]; then
        mkdir -p "$linux"
        for one in "$mac"/*; do
            if [ -f "$one" ] && [ ! -e "$linux/${one##*/}" ]; then
                mv -f "$one" "$linux/"
            fi
        done
        rm -rf "$mac"
        rmdir "${mac%/*}" 2>/dev/null || :
    fi
    printf '%s\n' "$linux"
}

digest() { # macOS has shasum, a Linux machine may have only the other
    if command -v shasum >/dev/null; then shasum -a 256; else sha256sum; fi | cut -d ' ' -f 1
}
