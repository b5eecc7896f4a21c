# Makes /opt/code-server, of npm's packages: sh -eu code-server.sh, once, in a system with npm and a compiler.
# 4.89.1 is the newest that runs on the Node of Debian 12.
set -eu
export NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt npm_config_audit=false npm_config_fund=false
# Node's headers are Debian's; a compiler newer than the packages' C++ takes some of it for an error.
export npm_config_nodedir=/usr CXXFLAGS=-fpermissive

# Debian's own npm ends without a word in the middle of large installs.
npm install --prefix /tmp/npm npm@10.9.4
npm10() { node /tmp/npm/node_modules/npm/bin/npm-cli.js "$@"; }

# Without the packages' own scripts: these fetch programs from elsewhere. What has to be compiled is named.
mkdir -p /opt/code-server
cd /opt/code-server
npm10 install --ignore-scripts code-server@4.89.1
npm10 rebuild argon2
cd node_modules/code-server/lib/vscode
npm10 install --omit=dev --ignore-scripts --legacy-peer-deps
npm10 rebuild node-pty @vscode/spdlog native-watchdog @parcel/watcher
find /opt/code-server \( -name '*.map' -o -name obj.target \) -prune -exec rm -rf {} +
chmod +x /opt/code-server/node_modules/code-server/out/node/entry.js
/opt/code-server/node_modules/code-server/out/node/entry.js --version
