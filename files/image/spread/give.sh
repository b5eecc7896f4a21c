# Gives a piece of an image that is laid out, from an offset to its end: ID BLOB OFFSET
file=/var/lib/carbon-fleet/spread/out/$1/$2
if [ ! -f "$file" ]; then
    echo "$file is gone: another run is done with it; run again" >&2
    exit 66
fi
exec tail -c "+$(($3 + 1))" "$file"
