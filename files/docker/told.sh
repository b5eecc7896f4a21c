# Tell of an image that others are to have: what it was made from, its platform, its bytes and its layers.   TAG LABEL
set -eu
if ! docker image inspect "$1" >/dev/null 2>&1 </dev/null; then
    docker version >/dev/null </dev/null
    echo missing
    exit 0
fi
docker image inspect --format "inputs {{index .Config.Labels \"$2\"}}
architecture {{.Architecture}}
size {{.Size}}
layers {{range .RootFS.Layers}}{{.}},{{end}}" "$1" </dev/null
