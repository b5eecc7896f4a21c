# Forget what was saved for a replacement that is not wished any more, and start again what was stopped for it.   NAME PROVIDER
# shellcheck disable=SC2154 # lib.sh and replaced.sh stand before this
case $(phase) in
sav*)
    if [ -n "$(hypervisor)" ] && way_in "$json"; then
        wake
    fi
    discard "$kept"
    rm -f "$replacing"
    ;;
esac
