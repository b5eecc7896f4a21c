# Puts code-server into /opt/code-server, of npm's packages: sh -eu code-server.sh, once, inside the image's root.
# 4.89.1 is the newest that runs on the Node of Debian 12.
set -eu
export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt npm_config_audit=false npm_config_fund=false
# A compiler newer than the packages' C++ takes some of it for an error.
export CXXFLAGS=-fpermissive
work=/tmp/code-server-build
tools='npm g++ make python3 pkg-config libnode-dev libx11-dev libxkbfile-dev libsecret-1-dev'

dpkg-query --show --showformat='${Package}\n' | sort >/tmp/before
# shellcheck disable=SC2086  # names of packages
apt-get install --yes --no-install-recommends $tools
# Debian's own npm ends without a word in the middle of large installs.
npm install --prefix "$work/npm" npm@10.9.4
npm10() { node "$work/npm/node_modules/npm/bin/npm-cli.js" "$@"; }

# Without the packages' own scripts: these fetch programs from elsewhere. What has to be compiled is named.
mkdir -p /opt/code-server
cd /opt/code-server
npm10 install --ignore-scripts code-server@4.89.1
npm10 rebuild argon2
cd node_modules/code-server/lib/vscode
npm10 install --omit=dev --ignore-scripts --legacy-peer-deps
npm10 rebuild node-pty @vscode/spdlog native-watchdog @parcel/watcher
find /opt/code-server -name '*.map' -delete
ln -s /opt/code-server/node_modules/code-server/out/node/entry.js /usr/local/bin/code-server
chmod +x /opt/code-server/node_modules/code-server/out/node/entry.js

dpkg-query --show --showformat='${Package}\n' | sort | comm -13 /tmp/before - | xargs apt-get purge --yes
rm -rf "$work" /tmp/before /root/.npm /root/.cache /root/.node-gyp
/usr/local/bin/code-server --version
