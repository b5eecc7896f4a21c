# What a stack's file says of one container, done: `make` makes it, `check` asks its health.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);
use Encode qw(encode_utf8);
use File::Path qw(make_path);
use JSON::PP;
my ($verb, $cli, $folder, $name, $secrets) = @ARGV;

sub content {
    my ($path, $missing) = @_;
    open my $file, "<:raw", $path or die "$missing\n";
    local $/;
    return scalar <$file>;
}

sub keep {    # beside, then renamed
    my ($path, $mode, $text) = @_;
    open my $out, ">:raw", "$path.$$" or die "$path.$$: $!\n";
    print $out $text or die "$path.$$: $!\n";
    close $out or die "$path.$$: $!\n";
    chmod $mode, "$path.$$";
    rename "$path.$$", $path or die "$path: $!\n";
}
my $whole = JSON::PP->new->utf8->decode(content("$folder/containers.json", "the stack has no file: apply again"));
my $said = $whole->{$name} or die "the stack's file knows no $name: apply again\n";
if ($verb eq "check") {
    my $health = $said->{health} or exit 0;
    alarm $health->{timeout};
    exec { $cli } $cli, "exec", $said->{name}, map { encode_utf8($_) } @{$health->{words}};
    exit 127;
}

# A folder is made for whoever has it shown; a folder of secrets may be passed by the login user alone, so that what
# is in it can be read by any user of the container, and by nobody else here.
make_path(map { encode_utf8($_) } @{$said->{folders}});
my @more;
my %seen;
my $key = (%{$said->{variables}} || %{$said->{files}}) ? content("$secrets/.key", "the Mac has no secrets yet: apply again") : "";

sub value {
    my ($secret) = @_;
    my $value = content("$secrets/$secret", "the secret $secret is not there: apply again");
    $seen{$secret} = hmac_sha256_hex($value, $key);
    return $value;
}
my @lines;
for my $target (sort keys %{$said->{variables}}) {
    my $secret = $said->{variables}{$target};
    my $value = value($secret);
    my $text = eval { Encode::decode("UTF-8", my $copy = $value, Encode::FB_CROAK) };
    die "the secret $secret is no text, which no variable of container holds: give it as a file\n" if !defined $text;
    die "the secret $secret has several lines, which no variable of container holds: give it as a file\n"
        if $text =~ /[\x0a-\x0d\x85\x{2028}\x{2029}\0]/;
    push @lines, "$target=$value\n";
}
if (@lines) {
    keep("$folder/$said->{name}.env", 0600, join "", @lines);
    push @more, "--env-file", "$folder/$said->{name}.env";
}
my $number = 0;
for my $target (sort keys %{$said->{files}}) {
    my $shown = "$folder/$said->{name}.secrets";
    mkdir $shown, 0700;
    mkdir "$shown/$number";
    chmod 0755, "$shown/$number";
    my $files = $said->{files}{$target};
    keep("$shown/$number/$_", 0444, value($files->{$_})) for sort keys %$files;
    push @more, "--volume", "$shown/$number:$target:ro";
    $number++;
}
push @more, "--label", "io.carbon-fleet.definition=$said->{definition}";
push @more, "--label", "io.carbon-fleet.secrets=" . join(",", map { "$_:$seen{$_}" } sort keys %seen) if %seen;
my $image = $said->{image};
my $asks = '"$1" image inspect "$2" >/dev/null 2>&1';
if ($said->{ours} && system("/bin/sh", "-c", $asks, "sh", $cli, $image) != 0) {
    die "the image $image is not there: apply again\n";
}
my @options = map { encode_utf8($_) } @{$said->{options}};
exec { $cli } $cli, "create", @options, @more, $image, map { encode_utf8($_) } @{$said->{arguments}};
die "$cli: $!\n";
