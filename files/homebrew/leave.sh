# Uninstall formulae, but those that others need.   BREW NAME... -- what came with them: NAME...
set -u
brew=$1
shift
ours= with= place=ours
for name; do
    case $place:$name in
    *:--) place=with ;;
    ours:*) ours="$ours $name" ;;
    with:*) with="$with $name" ;;
    esac
done
# What somebody has asked for by its name since then stays.
asked() { # NAME
    grep -qs '"installed_on_request": *true' "${brew%/bin/brew}/Cellar/$1"/*/INSTALL_RECEIPT.json
}
all=$with
with=
for name in $all; do
    if asked "$name"; then
        echo "$name stays: somebody asked for it" >&2
    else
        with="$with $name"
    fi
done
# What somebody else needs stays, and so does what that needs.
again=yes
while [ "$again" = yes ]; do
    again=no
    for name in $with; do
        for user in $("$brew" uses --installed "$name" 2>/dev/null); do
            case " $ours $with " in
            *" ${user##*/} "*) ;;
            *)
                echo "$name stays: ${user##*/} needs it" >&2
                with=$(printf ' %s' $with ' ' | sed "s| $name | |")
                again=yes
                break 2
                ;;
            esac
        done
    done
done
# Names have no blanks, and are meant to be split. Ours come last: cut off before them, the next run knows what came with them.
# shellcheck disable=SC2086
exec "$brew" uninstall --formula $with $ours
