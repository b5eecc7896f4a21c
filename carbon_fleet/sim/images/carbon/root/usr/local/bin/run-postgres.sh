#!/bin/bash
# PostgreSQL on /data/postgres, for everybody who has a password.
set -eu
bin=$(echo /usr/lib/postgresql/*/bin)
data=/data/postgres
install -d -o postgres -g postgres -m 2775 /run/postgresql
install -d -o postgres -g postgres -m 0700 "$data"
if [ ! -f "$data/PG_VERSION" ]; then
    su postgres -c "$bin/initdb -D $data --auth-local=peer --auth-host=scram-sha-256" >/dev/null
    echo 'host all all 0.0.0.0/0 scram-sha-256' >>"$data/pg_hba.conf"
fi
exec su postgres -c "exec $bin/postgres -D $data -c listen_addresses='*' -c unix_socket_directories=/run/postgresql"
