#!/bin/bash
# A desktop on display :1, and websockify in front of it with noVNC's pages. Runs as carbon.
set -eu
sudo install -d -m 1777 /tmp/.X11-unix
sudo rm -f /tmp/.X1-lock /tmp/.X11-unix/X1
mkdir -p ~/.vnc
if [ ! -f ~/.vnc/passwd ]; then
    printf '%s\n' "${VNC_PASS:-Carbon123#}" | vncpasswd -f >~/.vnc/passwd
    chmod 600 ~/.vnc/passwd
fi
printf '#!/bin/sh\nxterm -geometry 100x30+40+40 &\nexec openbox\n' >~/.vnc/xstartup
chmod +x ~/.vnc/xstartup
vncserver :1 -geometry "${VNC_GEOMETRY:-1920x1080}" -depth "${VNC_DEPTH:-24}" -localhost no \
    -SecurityTypes VncAuth -xstartup ~/.vnc/xstartup -fg &
websockify --web=/usr/share/novnc "0.0.0.0:${NOVNC_PORT:-6080}" "127.0.0.1:${VNC_PORT:-5901}" &
wait -n
