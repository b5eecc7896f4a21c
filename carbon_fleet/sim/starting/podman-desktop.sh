# Podman Desktop over Homebrew's podman and krunkit: the machine made as it makes one, its provider in containers.conf.
brew install --cask podman-desktop
brew tap libkrun/krun
brew trust libkrun/krun
brew install podman libkrun/krun/krunkit
mkdir -p ~/.config/containers
cat >~/.config/containers/containers.conf <<'CONF'
[containers]

[engine]
env = []

[machine]
provider = "libkrun"

[network]

[secrets]

[configmaps]
CONF
CONTAINERS_MACHINE_PROVIDER=libkrun podman machine init --cpus 4 --memory 4096 --disk-size 100 --rootful
CONTAINERS_MACHINE_PROVIDER=libkrun podman machine start </dev/null
podman system connection default podman-machine-default-root
somebodys_data podman-machine-default podman-machine-default-root /var/lib/containers/storage
