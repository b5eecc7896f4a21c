# Take an image from an archive on standard input; one that is not what its builder has does not stay.   TAG LABEL INPUTS ARCHITECTURE LAYERS
set -eu
own=$(docker version --format '{{.Server.Arch}}' </dev/null)
if [ -n "$4" ] && [ "$own" != "$4" ]; then
    echo "the image is for linux/$4, and Docker Desktop here runs linux/$own: write the platform of both Macs" >&2
    exit 64
fi
docker image load >&2
found=$(docker image inspect --format "{{index .Config.Labels \"$2\"}} {{range .RootFS.Layers}}{{.}},{{end}}" "$1" </dev/null)
if [ "$found" != "$3 $5" ]; then
    docker image rm "$1" >&2 </dev/null || :
    echo "what came as $1 is not what the builder has; it was not kept: run again" >&2
    exit 65
fi
