# Makes a Debian system what images of the carbon suite are: their user, folders, services and well-known password.
# Run once inside its root: sh -eu provision.sh
useradd --uid 1000 --user-group --create-home --shell /bin/bash --groups sudo carbon
echo 'carbon:Carbon123#' | chpasswd
printf '%%sudo ALL=(ALL) NOPASSWD:ALL\n' >/etc/sudoers.d/99-nopasswd
chmod 440 /etc/sudoers.d/99-nopasswd
install -d -m 0777 /work /data
ln -s /work /home/carbon/work
install -d -o redis -g redis /data/redis
install -d -o postgres -g postgres -m 0700 /data/postgres
install -d /run/sshd
install -d -o mosquitto -g mosquitto /run/mosquitto
sed -i 's|^dir .*|dir /data/redis|; s|^supervised .*|supervised no|' /etc/redis/redis.conf

# As in the suite: keys of the image's own, and another port than the one that is published.
ssh-keygen -A
cat >/etc/ssh/sshd_config <<'EOF'
Port 2222
PermitRootLogin no
PasswordAuthentication yes
UsePAM yes
AllowUsers carbon
Subsystem sftp /usr/lib/openssh/sftp-server
EOF
cat >/etc/xrdp/xrdp.ini <<'EOF'
[Globals]
port=3389
[Xvnc]
name=Desktop
lib=libvnc.so
username=ask
password=ask
ip=127.0.0.1
port=5901
EOF

python3 -m venv /opt/jupyter
for list in jupyter websockify; do
    /opt/jupyter/bin/pip install --quiet --no-cache-dir --no-deps --require-hashes -r "/provision/$list.txt"
done
ln -s /opt/jupyter/bin/jupyter /opt/jupyter/bin/websockify /usr/local/bin/
# Of the package only its pages: it depends on Node and on much else that serves what is not used here.
cd /tmp && apt-get -o APT::Sandbox::User=root download novnc && dpkg-deb -x novnc_*.deb / && rm novnc_*.deb
install -d -o carbon -g carbon /home/carbon/.jupyter
/opt/jupyter/bin/python - >/home/carbon/.jupyter/jupyter_server_config.json <<'EOF'
import json
from jupyter_server.auth import passwd
print(json.dumps({"ServerApp": {"password": passwd("Carbon123#")}}))
EOF
ln -s /opt/code-server/node_modules/code-server/out/node/entry.js /usr/local/bin/code-server
install -d /home/carbon/.config/code-server
printf 'bind-addr: 0.0.0.0:9999\nauth: password\ncert: false\n' >/home/carbon/.config/code-server/config.yaml

# What is never loaded here: compilers for shaders and queries, formats of pictures and pages, languages.
lib=$(echo /usr/lib/*-linux-gnu)
rm -rf "$lib"/libLLVM-* "$lib"/dri "$lib"/libz3.* "$lib"/libgs.* "$lib"/libx265.* \
    /usr/lib/postgresql/*/lib/llvmjit* /usr/lib/postgresql/*/lib/bitcode /usr/share/fonts/type1 /usr/share/fonts/opentype \
    /usr/share/ghostscript /usr/share/poppler /usr/share/ieee-data /usr/share/i18n
rm -rf /provision /usr/sbin/policy-rc.d /var/lib/postgresql/*/main /etc/postgresql/*/main /var/cache/apt/*.bin \
    /usr/share/doc/* /usr/share/man/* /usr/share/locale/*
/usr/local/bin/code-server --version
find /opt/jupyter/lib -path '*/babel/locale-data/*' ! -name 'en*' ! -name root.dat -type f -delete
find /opt/jupyter/lib -name tests -type d -prune -exec rm -rf {} +
chown -R carbon:carbon /home/carbon
