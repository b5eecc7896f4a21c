# Make one container as its stack's file says, and wait until it works.   STACK SERVICE CONTAINER SECONDS anew|"" [TARGET=SECRET...]
set -eu
umask 077
stack=$1 service=$2 container=$3 seconds=$4 anew=$5
shift 5
# shellcheck disable=SC2154 # place is lib.sh's
folder=$place/$stack
[ $# -eq 0 ] || give_secrets "$container" "$@"
docker compose --file "$folder/compose.yaml" up --detach --no-deps --no-build ${anew:+--force-recreate} \
    --wait --wait-timeout "$seconds" "$service" </dev/null
