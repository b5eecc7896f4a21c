# Go back to the file a stack had before; the one it has now becomes the one before.   STACK SECONDS
set -eu
umask 077
# shellcheck disable=SC2154 # place is lib.sh's
stack=$1 seconds=$2 folder=$place/$1
run_by() { # good|previous   the whole stack by the file of that name; containers that has not go
    # shellcheck disable=SC2013 # names of containers have no blanks, and are meant to be split
    for container in $(cut -d ' ' -f 1 "$folder/$1.given" | sort -u); do
        kept=$1
        set --
        while read -r name pair; do
            [ "$name" != "$container" ] || set -- "$@" "$pair"
        done <"$folder/$kept.given"
        give_secrets "$container" "$@" || return 1
        set -- "$kept"
    done
    cp "$folder/$1.yaml" "$folder/compose.yaml.$$" && mv -f "$folder/compose.yaml.$$" "$folder/compose.yaml" &&
        docker compose --file "$folder/compose.yaml" up --detach --no-build --remove-orphans \
            --wait --wait-timeout "$seconds" </dev/null
}
swapped
if [ -f "$folder/good.yaml" ] && ! cmp -s "$folder/compose.yaml" "$folder/good.yaml"; then
    # What is in place was never seen to work as a whole: the good one is the one before it.
    run_by good >&2 && exit 0
    echo "with the file from before $stack does not work" >&2
    exit 87
fi
if [ ! -f "$folder/previous.yaml" ]; then
    echo "no file of $stack from before is kept: there is nothing to go back to" >&2
    exit 65
fi
if ! run_by previous >&2; then
    if run_by good >&2; then
        echo "with the file from before $stack does not work; the one it had until now is back, and works" >&2
        exit 86
    fi
    echo "with the file from before $stack does not work; nor with the one it had until now" >&2
    exit 87
fi
cat "$folder/good.given" >"$folder/swap.given" || :
cp "$folder/good.yaml" "$folder/next.yaml"
mv -f "$folder/next.yaml" "$folder/swap.yaml"
swapped
