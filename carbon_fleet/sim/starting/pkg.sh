# podman's own installer: everything in /opt/podman, its own krunkit, a rootless libkrun machine (podman 6's default there).
PATH="/opt/podman/bin:$PATH"
podman machine init --cpus 2 --memory 2048 --disk-size 20
podman machine start </dev/null
somebodys_data podman-machine-default podman-machine-default /home/core/.local/share/containers/storage
