# Send a volume as a tar to standard output; the last line on standard error is its sha256.   - RUNTIME RUNTIME MACHINE 0 VOLUME
old opens || exit 69
old out "$1"
