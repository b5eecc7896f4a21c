# The second tap, trusted, its krunkit, and a libkrun machine that runs by it.
brew tap slp/krun
brew trust slp/krun
brew install podman slp/krun/krunkit
podman machine init --provider libkrun --cpus 2 --memory 2048 --disk-size 20 --rootful gpu
podman machine start gpu </dev/null
podman system connection default gpu-root
somebodys_data gpu gpu-root /var/lib/containers/storage
