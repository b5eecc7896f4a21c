# Removes a model, or what came of one, from the virtual machine, and gives the space back to the Mac.  FOLDER SHA256
set -eu
rm -f "$1/$2" "$1/$2.checked" "$1/$2.part"
# The Mac's file of the disk is sparse; where the disk cannot be told, nothing is lost.
fstrim "$1" >/dev/null 2>&1 || :
