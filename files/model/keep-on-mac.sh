# Keep a model of this Mac's cache where its programs read it: the same file, so that it takes no more room.   SHA256 FOLDER
set -eu
cache=$HOME/Library/Caches/carbon-fleet/models/$1
folder=$HOME/$2
model=$folder/$1
mkdir -p "$folder"
rm -f "$model.new"
ln "$cache" "$model.new" 2>/dev/null || cp "$cache" "$model.new"
if [ "$(shasum -a 256 <"$model.new" | cut -d ' ' -f 1)" != "$1" ]; then
    rm -f "$model.new"
    echo "$cache is not the model $1: run again, it is fetched anew" >&2
    exit 65
fi
chmod 0444 "$model.new"
mv -f "$model.new" "$model"
{ stat -c '%s %Y %i' "$model" 2>/dev/null || stat -f '%z %m %i' "$model"; } >"$model.checked.new"
mv -f "$model.checked.new" "$model.checked"
