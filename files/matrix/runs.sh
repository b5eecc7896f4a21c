# Whether a runtime runs, or is on its way up: 0; 1 where it is stopped; else nobody can tell.   KIND CLI NAME SOCKET
set -u
kind=$1 cli=$2 name=$3 socket=$4
unset DOCKER_CONTEXT || :
case $kind in
docker-desktop)
    ! pgrep -u "$(id -u)" -f "MacOS/com[.]docker[.]backend" >/dev/null 2>&1 || exit 0
    [ -S "$socket" ] && DOCKER_HOST=unix://$socket "$cli" version --format '{{.Server.Version}}' >/dev/null 2>&1 || exit 1
    ;;
podman-*)
    state=$(CONTAINERS_MACHINE_PROVIDER=${kind#podman-} "$cli" machine inspect --format '{{.State}}' "$name") || exit 2
    case $state in
    running | starting) ;;
    stopped) exit 1 ;;
    *) exit 2 ;;
    esac
    ;;
lima | colima)
    all=$("$cli" list --json) || exit 2
    printf '%s\n' "$all" | perl -MJSON::PP -ne '
        BEGIN { $name = shift }
        next unless /\S/;
        my $one = JSON::PP->new->decode($_);
        $status = $one->{status} if $one->{name} eq $name;
        END { $? = !defined $status ? 2 : $status =~ /^(Running|Installing)$/ ? 0 : 1 }' "$name"
    exit
    ;;
apple-container)
    # Its exit status is 0 in both states in some versions: the words count.
    case $("$cli" system status 2>&1 | tr '[:upper:]' '[:lower:]') in
    *"not running"* | *"not registered"* | *unregistered* | *stopped*) exit 1 ;;
    *running*) ;;
    *) exit 2 ;;
    esac
    ;;
esac
