# Fill a volume from a tar on standard input: wholly, once its sha256 is right, or not at all.   - RUNTIME RUNTIME MACHINE 0 VOLUME SHA256 REPLACE STACK
old opens || exit 69
old fill "$@"
