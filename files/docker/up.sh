# Make one container as its stack's file says, and wait until it works.   STACK SERVICE CONTAINER SECONDS anew|"" [TARGET=SECRET...]
# Values of secrets go from file to file: through no argument, no environment of a process that others see, no output.
set -eu
umask 077
stack=$1 service=$2 container=$3 seconds=$4 anew=$5
shift 5
# shellcheck disable=SC2154 # place is lib.sh's
folder=$place/$stack
if [ $# -gt 0 ]; then
    perl -MDigest::SHA=hmac_sha256_hex -e '
        my ($secrets, $beside, @given) = @ARGV;
        sub content { open my $file, "<:raw", "$secrets/$_[0]" or die "the secret $_[0] is not there: apply again\n"; local $/; scalar <$file> }
        my ($key, %seen, @lines) = content(".key");
        for (@given) {
            my ($target, $name) = split /=/, $_, 2;
            my $value = content($name);
            $seen{$name} = hmac_sha256_hex($value, $key);
            next if $target =~ m{^/};
            die "the secret $name has several lines, which no variable of Docker holds: give it as a file\n" if $value =~ /[\r\n\0]/;
            push @lines, "$target=$value\n";
        }
        my $label = "io.carbon-fleet.secrets=" . join(",", map { "$_:$seen{$_}" } sort keys %seen) . "\n";
        for (["env", join "", @lines], ["labels", $label]) {
            my ($kind, $text) = @$_;
            open my $out, ">:raw", "$beside.$kind.$$" or die "$beside.$kind.$$: $!\n";
            print $out $text or die; close $out or die "$beside.$kind: $!\n";
            rename "$beside.$kind.$$", "$beside.$kind" or die "$beside.$kind: $!\n";
        }
    ' "$HOME/.config/carbon-fleet/secrets" "$folder/$container" "$@"
fi
docker compose --file "$folder/compose.yaml" up --detach --no-deps --no-build ${anew:+--force-recreate} \
    --wait --wait-timeout "$seconds" "$service" </dev/null
