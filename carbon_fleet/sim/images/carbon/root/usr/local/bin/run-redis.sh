#!/bin/bash
# Redis on /data/redis, by its own configuration.
set -eu
install -d -o redis -g redis /data/redis
exec sudo -u redis /usr/bin/redis-server /etc/redis/redis.conf --protected-mode no --daemonize no
