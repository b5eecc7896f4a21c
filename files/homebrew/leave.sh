# Uninstall formulae, but those that others need.   BREW NAME... -- what came with them: NAME...
# Names have no blanks, and lists of them are meant to be split.
set -u
brew=$1
shift
ours=''
with=''
place=ours
for name; do
    case $place:$name in
    *:--) place=with ;;
    ours:*) ours="$ours $name" ;;
    with:*) with="$with $name" ;;
    esac
done

asked() { # NAME   whether somebody has asked for it by its name since then
    grep -qs '"installed_on_request": *true' "${brew%/bin/brew}/Cellar/$1"/*/INSTALL_RECEIPT.json
}

needs() { # NAME   who needs it, and does not go
    for user in $("$brew" uses --installed "$1" 2>/dev/null); do
        case " $ours $with " in
        *" ${user##*/} "*) ;;
        *)
            echo "${user##*/}"
            return 0
            ;;
        esac
    done
}

all=$with
with=''
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
    all=$with
    for name in $all; do
        user=$(needs "$name")
        if [ -n "$user" ]; then
            echo "$name stays: $user needs it" >&2
            again=yes
            with=''
            for other in $all; do
                if [ "$other" != "$name" ]; then
                    with="$with $other"
                fi
            done
            break
        fi
    done
done
# Ours come last: cut off before them, the next run knows what came with them.
# shellcheck disable=SC2086
exec "$brew" uninstall --formula $with $ours
