# Starts an image of the carbon suite with this Mac's own secrets in place of the password it was published with.
set -eu
supervisor=/etc/supervisor/conf.d
home=/home/carbon
: "${CARBON_PASSWORD:?this stack gives it a secret: do not start the image without}"

on() { [ "${1:-false}" = true ]; }

given() { # VALUE SERVICE: a service that is on without its secret would let in everybody who knows the image
    [ -n "$1" ] || { echo "carbon: $2 is on and has no secret" >&2; exit 1; }
}

escaped() { # VALUE CHARACTER: for a text between two of that character
    printf '%s' "$1" | sed -e 's/\\/\\\\/g' -e "s/$2/\\\\$2/g"
}

# Size and password of the desktop stand in the program's own settings, which win over ours: there they have to go.
if on "${ENABLE_VNC:-}"; then
    given "${VNC_PASSWORD:-}" vnc
    sed -i -e 's/VNC_PASS="[^"]*",*//' -e 's/VNC_GEOMETRY="[^"]*",*//' -e 's/VNC_DEPTH="[^"]*",*//' "$supervisor/vnc.conf"
    install -d -o carbon -m 0700 "$home/.vnc"
    printf '%s\n' "$VNC_PASSWORD" | vncpasswd -f >"$home/.vnc/passwd.new"
    chmod 0600 "$home/.vnc/passwd.new"
    chown carbon "$home/.vnc/passwd.new"
    mv -f "$home/.vnc/passwd.new" "$home/.vnc/passwd"
fi

# The image's host keys are everybody's who has the image, and its port is another than the one it is known by.
if on "${ENABLE_SSH:-}"; then
    install -d -m 0700 /data/ssh /data/ssh/etc /data/ssh/etc/ssh
    ssh-keygen -A -f /data/ssh >/dev/null
    rm -f /etc/ssh/ssh_host_*
    cp -p /data/ssh/etc/ssh/ssh_host_* /etc/ssh/
    sed -i '/^[#[:space:]]*Port /d' /etc/ssh/sshd_config
    # In front: a `Match` further down would take it for its own.
    sed -i '1i Port 22' /etc/ssh/sshd_config
fi

# A password is in there which is in every image; a token and a password both let people in.
rm -f "$home/.jupyter/jupyter_server_config.json"
if on "${ENABLE_JUPYTER:-}"; then given "${JUPYTER_TOKEN:-}" jupyter; fi
if on "${ENABLE_CODE_SERVER:-}"; then given "${CODE_SERVER_PASSWORD:-}" code-server; fi

if on "${ENABLE_POSTGRESQL:-}"; then
    given "${POSTGRES_PASSWORD:-}" postgres
else
    # It has no switch of its own, and would ask for a database that is not there again and again.
    rm -f "$supervisor/postgres-init.conf"
    unset POSTGRES_PASSWORD
fi

if on "${ENABLE_REDIS:-}"; then
    given "${REDIS_PASSWORD:-}" redis
    printf 'bind 0.0.0.0\nrequirepass "%s"\n' "$(escaped "$REDIS_PASSWORD" '"')" >>/etc/redis/redis.conf
fi

if on "${ENABLE_MOSQUITTO:-}"; then
    given "${MOSQUITTO_PASSWORD:-}" mosquitto
    umask 077
    printf 'carbon:%s\n' "$MOSQUITTO_PASSWORD" >/etc/mosquitto/carbon.passwords
    mosquitto_passwd -U /etc/mosquitto/carbon.passwords
    umask 022
    chown mosquitto /etc/mosquitto/carbon.passwords
    printf '%s\n' 'listener 1883 0.0.0.0' 'allow_anonymous false' 'password_file /etc/mosquitto/carbon.passwords' \
        >/etc/mosquitto/conf.d/carbon.conf
fi

# The image never gives its MySQL the password it has for it.
if on "${ENABLE_MYSQL:-}"; then
    given "${MYSQL_PASSWORD:-}" mysql
    secret=$(escaped "$MYSQL_PASSWORD" "'")
    install -d -o mysql -m 0700 /run/carbon-mysql
    printf '%s\n' "CREATE USER IF NOT EXISTS 'carbon'@'%' IDENTIFIED BY '$secret';" \
        "ALTER USER 'carbon'@'%' IDENTIFIED BY '$secret';" "GRANT ALL PRIVILEGES ON *.* TO 'carbon'@'%';" \
        "ALTER USER 'root'@'localhost' IDENTIFIED BY '$secret';" >/run/carbon-mysql/users.sql
    chown mysql /run/carbon-mysql/users.sql
    printf '[mysqld]\ninit_file = /run/carbon-mysql/users.sql\n' >/etc/mysql/mysql.conf.d/zz-carbon-users.cnf
    unset secret
fi

# MongoDB knows no user until somebody makes one: alone in here, before anybody can ask it something.
if on "${ENABLE_MONGODB:-}"; then
    given "${MONGODB_PASSWORD:-}" mongodb
    install -d -o mongodb -m 0700 /data/mongodb
    mongod --dbpath /data/mongodb --bind_ip 127.0.0.1 --port 27016 --fork --logpath /var/log/carbon-mongodb.log >/dev/null
    mongosh --quiet --port 27016 admin --eval 'const u = {pwd: process.env.MONGODB_PASSWORD, roles: ["root"]};
        db.getUser("carbon") ? db.updateUser("carbon", u) : db.createUser({user: "carbon", ...u})' >/dev/null
    mongod --dbpath /data/mongodb --shutdown >/dev/null
    chown -R mongodb /data/mongodb
    sed -i -e 's/^\([[:space:]]*\)bindIp:.*/\1bindIp: 0.0.0.0/' -e '/^security:/,/^[^[:space:]]/ { /authorization/d; }' \
        -e '/^#*security:/d' /etc/mongod.conf
    printf 'security:\n  authorization: enabled\n' >>/etc/mongod.conf
fi

if on "${ENABLE_QDRANT:-}"; then
    given "${QDRANT__SERVICE__API_KEY:-}" qdrant
    install -d -o carbon /data/qdrant
    # It is told to read this, and nobody wrote it.
    [ -e /data/qdrant/config.yaml ] || install -o carbon -m 0644 /dev/null /data/qdrant/config.yaml
fi

# The image would fetch three models of 5 GB each, asked or not.
if on "${ENABLE_OLLAMA:-}"; then
    sed -i '/^\[program:ollama-model-pull\]/,$ s/^autostart=.*/autostart=false/' "$supervisor/ollama.conf"
fi

# What only this script needs is no business of what runs from here on; nor are the image's own well-known passwords.
unset VNC_PASSWORD REDIS_PASSWORD MOSQUITTO_PASSWORD MYSQL_PASSWORD MONGODB_PASSWORD MSSQL_SA_PASSWORD
exec /usr/local/bin/entrypoint.sh "$@"
