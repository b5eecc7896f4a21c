# What there is of secrets, never what they are: FOLDER NAME...   Standard input: `NAME BASE64` of values from elsewhere.
# Prints kind, mode, owner, a fingerprint that says nothing without the Mac's key, and whether a given value is the same.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256_hex);
use MIME::Base64;
my ($folder, @names) = @ARGV;
my %given;
while (<STDIN>) { $given{$1} = decode_base64($2) if /^(\S+) (\S*)$/ }
my %kinds = (0040000 => "directory", 0100000 => "regular", 0120000 => "link");
sub content { open my $file, "<:raw", $_[0] or return; local $/; my $text = <$file>; $text }
sub words {
    my @st = @_ or return "absent - -";
    my $kind = $kinds{$st[2] & 0170000} || "special";
    my $owner = $st[4] == $> ? "-" : (getpwuid $st[4])[0] || $st[4];
    sprintf "%s %o %s", $kind eq "regular" && !$st[7] ? "empty" : $kind, $st[2] & 07777, $owner;
}
my $key = content("$folder/.key");
print "folder ", words(stat $folder), " - -\n";
print "key ", ($key ? "yes" : "no"), "\n";
for my $name (@names) {
    my $told = words(lstat "$folder/$name");
    my $value = $told =~ /^regular / ? content("$folder/$name") : undef;
    my $print = $key && defined $value ? hmac_sha256_hex($value, $key) : "-";
    my $same = !exists $given{$name} || !defined $value ? "-" : $given{$name} eq $value ? "same" : "other";
    print "secret $name $told $print $same\n";
}
