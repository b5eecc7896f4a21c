# Remove our folder of an engine that has nothing of ours any more.   NAME
set -eu
rm -rf "$HOME/.config/carbon-fleet/${1:?}"
rmdir "$HOME/.config/carbon-fleet" 2>/dev/null || :
