# A folder for a program's data, only the login user's: make|remove STACK/VOLUME
set -eu
umask 077
folder=$HOME/.local/share/carbon-fleet/native/${2:?}
case $1 in
make) mkdir -p "$folder" ;;
remove)
    rm -rf "$folder"
    rmdir "${folder%/*}" 2>/dev/null || :
    ;;
esac
