# Starts a registry for those in its htpasswd alone: without that file the program would make a login of its own up.
set -eu
logins=${REGISTRY_AUTH_HTPASSWD_PATH:?this stack gives it a secret: do not start the image without}
if ! grep -q '^[^:]*:[$]2[aby][$]' "$logins"; then
    echo "registry: the secret has no line as \`htpasswd -nB USER\` prints it: USER:, then a bcrypt hash" >&2
    exit 78
fi
cat >/tmp/config.yml <<CONFIG
version: 0.1
log: {level: warn, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: /var/lib/registry}, delete: {enabled: true}}
http: {addr: ":5000"}
auth: {htpasswd: {realm: carbon-fleet, path: "$logins"}}
CONFIG
exec registry serve /tmp/config.yml
