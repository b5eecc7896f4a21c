#!/bin/bash
# The role and the database `carbon`, with the password POSTGRES_PASSWORD.
set -eu
until pg_isready -q -h 127.0.0.1; do sleep 0.5; done
# By the environment, not by an argument: anybody may read those.
su postgres -w POSTGRES_PASSWORD -c 'psql -q -v ON_ERROR_STOP=1 -d postgres' <<'SQL'
\getenv pw POSTGRES_PASSWORD
SELECT 'CREATE ROLE carbon LOGIN' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'carbon') \gexec
SELECT format('ALTER ROLE carbon PASSWORD %L', :'pw') \gexec
SELECT 'CREATE DATABASE carbon OWNER carbon' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'carbon') \gexec
SQL
