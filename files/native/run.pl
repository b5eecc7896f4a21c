# Become a program of a stack on this Mac: SAID(JSON) PROGRAM WORD...
# Folders are made, secrets go from the Mac's files into variables, what the program says goes into its log. The one that
# writes the log is a process group of its own: it ends when nobody holds the other end any more, and loses nothing.
use strict;
use warnings;
use JSON::PP;
use Digest::SHA qw(hmac_sha256_hex sha256_hex);
use File::Path qw(make_path remove_tree);
my $raw = shift;
my $said = JSON::PP->new->decode($raw);
# What it really is started with: a property list that was changed and put back does not hide what runs.
my $actual = substr sha256_hex(join "\0", $raw, @ARGV, map { "$_=$ENV{$_}" } @{$said->{variables}}), 0, 16;
my $most = $said->{log};
my $home = $ENV{HOME};
my $log = "$home/Library/Logs/carbon-fleet-native-$said->{name}.log";
my $state = "$home/.local/state/carbon-fleet/native/$said->{name}";
sub content {
    open my $file, "<:raw", "$home/.config/carbon-fleet/secrets/$_[0]" or die "the secret $_[0] is not there: run carbon-fleet apply again\n";
    local $/;
    my $text = <$file>;
    return $text;
}
sub keep {
    return if (-s $log || 0) < $most;
    rename "$log.1", "$log.2";
    rename $log, "$log.1";
}
sub writer {
    my ($from) = @_;
    setpgrp;
    $0 = "carbon-fleet-log $said->{name}";
    $SIG{TERM} = $SIG{INT} = $SIG{HUP} = "IGNORE";
    open STDIN, "<", "/dev/null";
    while (1) {
        keep();
        open my $out, ">>:raw", $log or exit 1;
        while (-s $log < $most) {
            my $read = sysread $from, my $piece, 65536;
            exit 0 unless $read;
            syswrite $out, $piece;
        }
    }
}
$SIG{__DIE__} = sub { print STDERR "carbon-fleet: $_[0]"; exit 78 };
remove_tree($state);
make_path($state, @{$said->{folders}}, { mode => 0700 });
my ($key, %seen);
for my $target (sort keys %{$said->{secrets}}) {
    my $name = $said->{secrets}{$target};
    $key = content(".key") unless defined $key;
    my $value = content($name);
    $seen{$name} = hmac_sha256_hex($value, $key);
    $ENV{$target} = $value unless $target =~ m{^/};
}
my $note = "$state.started";
open my $out, ">:raw", "$note.$$" or die "$note: $!\n";
print $out "$$ $said->{definition}.$actual ", join(",", map { "$_:$seen{$_}" } sort keys %seen) || "-", "\n" or die "$note: $!\n";
close $out or die "$note: $!\n";
rename "$note.$$", $note or die "$note: $!\n";
pipe my $from, my $to or die "pipe: $!\n";
my $writer = fork;
die "fork: $!\n" unless defined $writer;
unless ($writer) { close $to; writer($from) }
close $from;
open STDOUT, ">&", $to or die "$!\n";
open STDERR, ">&", $to or die "$!\n";
close $to;
delete $SIG{__DIE__};
exec { $ARGV[0] } @ARGV or do { print STDERR "carbon-fleet: $ARGV[0] cannot be run: $!\n"; exit 78 };
