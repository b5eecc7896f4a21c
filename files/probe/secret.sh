# The Mac's copies of the secrets its stacks use: what files they are, and whether they are those of elsewhere.
# The values to compare with come by a pipe from a variable: they are in no argument (every shell that macOS has as sh
# has its own printf), in no file, and in no environment.
section_secret() {
    if [ -z "$CF_SECRET_NAMES" ]; then
        cf_fact asked no
        return 0
    fi
    # Names have no blanks, and are meant to be split.
    # shellcheck disable=SC2086
    printf '%s' "$CF_SECRET_GIVEN" |
        cf_block secrets 20 perl -e "$CF_SECRET_LOOK" "$HOME/.config/carbon-fleet/secrets" $CF_SECRET_NAMES || :
}
