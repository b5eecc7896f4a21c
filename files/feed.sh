# Gives what one program says to another one's standard input: LINE(the one) COMMAND...(the other)
line=$1
shift
/bin/sh -c "$line" | "$@"
