#!/bin/bash
# The first process: services on and off by their variables, the user's password, then supervisord.
set -eu
cd /etc/supervisor/conf.d

switch() { # NAME VALUE: a service is a file, and off by another name
    if [ "$2" = true ]; then
        if [ -e "$1.conf.disabled" ]; then mv "$1.conf.disabled" "$1.conf"; fi
    elif [ -e "$1.conf" ]; then
        mv "$1.conf" "$1.conf.disabled"
    fi
}

lacks() { # NAME VALUE
    if [ "$2" = true ]; then
        echo "carbon: this simulated image has no $1: switch it off (docs/simulation.md)" >&2
        exit 1
    fi
}

switch vnc "${ENABLE_VNC:-true}"
switch xrdp "${ENABLE_XRDP:-true}"
switch sshd "${ENABLE_SSH:-true}"
switch jupyter "${ENABLE_JUPYTER:-true}"
switch code-server "${ENABLE_CODE_SERVER:-true}"
switch postgres "${ENABLE_POSTGRESQL:-false}"
switch redis "${ENABLE_REDIS:-false}"
switch mosquitto "${ENABLE_MOSQUITTO:-false}"
lacks spark "${ENABLE_SPARK:-false}"
lacks mysql "${ENABLE_MYSQL:-false}"
lacks mongodb "${ENABLE_MONGODB:-false}"
lacks qdrant "${ENABLE_QDRANT:-false}"
lacks ollama "${ENABLE_OLLAMA:-false}"
printf 'carbon:%s\n' "${CARBON_PASSWORD:-Carbon123#}" | chpasswd
chown carbon:carbon /home/carbon
exec /usr/bin/tini -- supervisord -n -c /etc/supervisor/supervisord.conf
