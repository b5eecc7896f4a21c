# Tell every volume of a runtime: NAME|STACK|KIB|CONTAINER,…   - RUNTIME RUNTIME MACHINE 0
old opens || exit 69
old volumes
