# The Mac's copies of secrets: prepare | make NAME LENGTH | again NAME LENGTH | keep NAME | close NAME | tell NAME | show NAME
# keep takes base64 and a line with a dot on standard input; tell prints fingerprint, size and value for the machine.
set -eu
umask 077
verb=$1 name=${2:-}
folder=$HOME/.config/carbon-fleet/secrets
file=$folder/$name

die() { printf '%s\n' "$*" >&2; exit 1; }

random() { # LENGTH   letters that nobody takes for others, and that mean nothing to a shell or in a URL
    perl -e '
        my @letters = grep { !/[IOl]/ } "A".."Z", "a".."z", 2..9;
        open my $random, "<:raw", "/dev/urandom" or die "/dev/urandom: $!\n";
        for (my $left = shift; $left; ) {
            defined(my $byte = getc $random) or die "/dev/urandom ended\n";
            my $number = ord $byte;
            next if $number >= @letters * int(256 / @letters);
            print $letters[$number % @letters];
            $left--;
        }' "$1"
}

place() { # FILE [SIZE]   standard input becomes the whole file, or nothing does
    beside=$(mktemp "$folder/.new.XXXXXX")
    trap 'rm -f "$beside"' EXIT
    trap 'exit 143' HUP INT TERM PIPE
    cat >"$beside"
    size=$(($(wc -c <"$beside")))
    [ "$size" -gt 0 ] && [ "$size" -eq "${2:-$size}" ] || die "not all of $1 came: it was left as it was, run again"
    mv -f "$beside" "$1"
}

case $verb in
prepare)
    (umask 022 && mkdir -p "$HOME/.config/carbon-fleet")
    mkdir -p "$folder"
    chmod 0700 "$folder"
    rm -f "$folder"/.new.*
    [ -s "$folder/.key" ] || random 64 | place "$folder/.key" 64
    ;;
make) [ -s "$file" ] || random "$3" | place "$file" "$3" ;;
again) random "$3" | place "$file" "$3" ;;
keep)
    perl -MMIME::Base64 -e 'local $/; $_ = <STDIN>; s/\n\.\n\z// or exit; print decode_base64($_)' | place "$file"
    ;;
close) chmod 0600 "$file" ;;
tell)
    perl -MDigest::SHA=hmac_sha256_hex -e '
        my ($key, $value) = map { open my $file, "<:raw", $_ or die "$_: $!\n"; local $/; scalar <$file> } @ARGV;
        printf "%s %d\n%s", hmac_sha256_hex($value, $key), length $value, $value' "$folder/.key" "$file"
    ;;
show) cat "$file" ;;
esac
