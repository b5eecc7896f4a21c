# Remove carbon-fleet's own notes of a lab from this Mac, the journal last.   LAB [FOLDER...]
# The lock's files go only where no other lab's notes are, and nobody holds it.
set -u
folder=$HOME/.local/state/carbon-fleet
lab=$1
shift
rm -f "$folder/applied-$lab.json"
alone=yes
for note in "$folder"/applied-*.json "$folder"/found-*.json; do
    if [ -e "$note" ] && [ "$note" != "$folder/found-$lab.json" ]; then
        alone=no
    fi
done
if [ "$alone" = yes ] && [ -d "$folder" ]; then
    perl -MFcntl=:flock -e '
        open my $guard, ">>", "$ARGV[0]/lock.guard" or exit 0;
        flock $guard, LOCK_EX or exit 0;
        exit 0 if -e "$ARGV[0]/lock";
        unlink map { "$ARGV[0]/$_" } qw(lock.left lock.guard);
    ' "$folder"
fi
rm -f "$folder/found-$lab.json" || exit 1
for place; do
    rmdir "$HOME/${place#??}" 2>/dev/null || :
done
