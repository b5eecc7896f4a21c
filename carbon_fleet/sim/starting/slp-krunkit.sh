# The first tap, krunkit 1.1.1 with libkrun-efi, podman 5.7, and the machine podman 5 makes by default: applehv.
brew tap slp/krunkit
brew trust slp/krunkit
brew install podman slp/krunkit/krunkit
podman machine init --cpus 2 --memory 2048 --disk-size 20 --rootful
podman machine start </dev/null
somebodys_data podman-machine-default podman-machine-default-root /var/lib/containers/storage
