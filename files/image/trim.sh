# Tells the disk which space is free again, so that the Mac's sparse file shrinks; where the disk cannot, that is no failure.
fstrim -v /var 2>&1 || echo "this machine's disk takes no such hints: the Mac keeps the space for it"
