# How a program of a stack is asked whether it works, from its property list: a line of how many seconds one answer may
# take, and whether launchd starts it again (always, failure, no); then a script, or nothing.   PLIST
use strict;
use warnings;
use JSON::PP;
open my $file, "<:raw", $ARGV[0] or die "$ARGV[0]: $!\n";
my $plist = do { local $/; <$file> };

sub plain { # what stands between tags
    my ($text) = @_;
    my %by = (lt => "<", gt => ">", quot => '"', apos => "'", amp => "&");
    $text =~ s/&(lt|gt|quot|apos|amp);/$by{$1}/g;
    return $text;
}
my ($raw) = $plist =~ m{<string>(\{"stack": .*?\})</string>}s or die "$ARGV[0] is not of a stack\n";
my $said = JSON::PP->new->utf8->decode(plain($raw));
my $most = $said->{health} ? $said->{health}{times}[1] : 45;
my $kept = $plist =~ m{<key>KeepAlive</key>\s*<true/>} ? "always" : $plist =~ m{<key>KeepAlive</key>} ? "failure" : "no";
print $most < 45 ? $most : 45, " $kept\n";
exit 0 if $said->{asked} eq "";
my ($variables) = $plist =~ m{<key>EnvironmentVariables</key>\s*<dict>(.*?)</dict>}s;
while (($variables || "") =~ m{<key>(.*?)</key>\s*<string>(.*?)</string>}sg) {
    my ($name, $value) = (plain($1), plain($2));
    $value =~ s/'/'\\''/g;
    print "export $name='$value'\n";
}
binmode STDOUT, ":utf8";
print "$said->{asked}\n";
