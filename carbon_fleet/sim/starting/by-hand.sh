# What the READMEs of podman and krunkit tell a person to do, and a containers.conf with more in it than the provider.
brew tap libkrun/krun
brew trust libkrun/krun
brew install podman libkrun/krun/krunkit
mkdir -p ~/.config/containers
cat >~/.config/containers/containers.conf <<'CONF'
# Written by hand.
[engine]
helper_binaries_dir = ["/opt/homebrew/bin", "/opt/homebrew/opt/podman/libexec/podman"]

[machine]
provider = "libkrun"

[farms]
default = "lab"
CONF
podman machine init --cpus 2 --memory 2048 --disk-size 20 gpu
podman machine start gpu </dev/null
podman system connection default gpu
