# Write settings of Docker Desktop while it is stopped: running, it would write its own over them.   KEY=JSON...
set -eu
if lives; then
    halt 120
fi
perl -MJSON::PP -e '
    my ($file, @wished) = @ARGV;
    my $json = JSON::PP->new->utf8->canonical->pretty->allow_nonref;
    my ($text, $mode) = ("{}", 0600);
    if (open my $in, "<:raw", $file) { local $/; $text = <$in>; $mode = (stat $in)[2] & 07777 }
    my $settings = eval { $json->decode($text) };
    ref $settings eq "HASH" or die "$file is not what Docker Desktop writes: it was left as it was\n";
    for (@wished) { my ($key, $value) = split /=/, $_, 2; $settings->{$key} = $json->decode($value) unless $value eq "";
        delete $settings->{$key} if $value eq "" }
    my ($folder) = $file =~ m{(.*)/};
    my $made = ""; for (split m{/}, $folder) { $made .= "$_/"; mkdir $made }
    open my $out, ">:raw", "$file.$$" or die "$file.$$: $!\n";
    chmod $mode, "$file.$$"; print $out $json->encode($settings) or die; close $out or die "$file.$$: $!\n";
    rename "$file.$$", $file or die "$file: $!\n"
' "$HOME/Library/Group Containers/group.com.docker/settings-store.json" "$@"
