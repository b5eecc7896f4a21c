# What the starting points share: a person's shell on a Mac, and a container with data in a volume.
set -eu
export HOMEBREW_NO_AUTO_UPDATE=1 PATH="/opt/homebrew/bin:$PATH"
TMPDIR="$(getconf DARWIN_USER_TEMP_DIR)"
export TMPDIR

# The machine's default connection decides whose store it is: root's in a rootful machine, else core's.
somebodys_data() { # MACHINE CONNECTION STORE
    podman --connection "$2" volume create lab-data
    podman --connection "$2" run -d --name lab-db -v lab-data:/data docker.io/library/postgres:16
    podman machine ssh --username root "$1" \
        "mkdir -p $3/volumes/lab-data/_data && seq 1 20000 >$3/volumes/lab-data/_data/rows"
}
