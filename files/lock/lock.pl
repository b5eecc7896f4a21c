# The lock of this Mac: take ID SECONDS KEY=VALUE… | release ID | show. Answers in KEY=VALUE lines, state= first.
# Who holds it stands in a file that is put there whole. All that looks at it or changes it does so under a kernel lock,
# which ends with its process: of two that find a dead holder only one can take its place.
use strict; use warnings; use Fcntl qw(:flock); use File::Path qw(make_path);
my ($verb, $id, $seconds, @about) = @ARGV;
my $folder = "$ENV{HOME}/.local/state/carbon-fleet";
my ($file, $left) = ("$folder/lock", "$folder/lock.left");
umask 077;
make_path($folder);
open my $guard, ">>", "$folder/lock.guard" or die "$folder/lock.guard: $!\n";
flock $guard, LOCK_EX or die "$folder/lock.guard: $!\n";

sub said { my $text = qx($_[0] 2>/dev/null); chomp $text; $text =~ s/^\s+|\s+$//g; $text }

# The connection, or the program on this Mac, that this came by: the nearest ancestor that does not merely pass it on.
sub anchor {
    my ($process, $begun) = (getppid, "");
    for (1 .. 20) {
        my ($parent, $since, $name) = said("ps -o ppid= -o lstart= -o comm= -p $process") =~ /^(\d+)\s+(.{24})\s+(.*)$/ or last;
        $begun = $since;
        last if $parent < 1 || $name !~ m{(?:^|[/-])(?:perl[0-9.]*|env|sudo|(?:ba|da|k|mk|z)?sh)$};
        $process = $parent;
    }
    ($process, $begun);
}
sub begun { said("ps -o lstart= -p " . int $_[0]) }
sub boot {
    return said("sysctl -n kern.bootsessionuuid") || said("sysctl -n kern.boottime") unless -e "/proc/sys/kernel/random/boot_id";
    open my $in, "<", "/proc/sys/kernel/random/boot_id" or die "boot_id: $!\n";
    my $boot = <$in>;
    chomp $boot;
    $boot;
}

sub holder {
    open my $in, "<", $file or return $!{ENOENT} ? () : die "$file: $!\n";
    my %said = map { chomp; /^([a-z]+)=(.*)$/ ? ($1, $2) : () } <$in>;
    %said;
}
sub dead {
    my %of = @_;
    return "its record cannot be read" if grep { !defined $of{$_} } qw(id boot expires process begun);
    return "the Mac has restarted since" if $of{boot} ne boot();
    return "its time is over" if $of{expires} <= time;
    return "what took it is gone" if begun($of{process}) ne $of{begun};
    "";
}
sub place {
    my ($path, @lines) = @_;
    open my $out, ">", "$path.new" or die "$path.new: $!\n";
    (print $out map { "$_\n" } @lines and close $out and rename "$path.new", $path) or die "$path: $!\n";
}
sub name_all { my %known = @_; print "$_=$known{$_}\n" for sort keys %known }

my %of = -e $file ? holder() : ();
my $dead = -e $file ? dead(%of) : "";
my $mine = defined $of{id} && defined $id && $of{id} eq $id;
if ($verb eq "take" && -e $file && !$dead && !$mine) {
    print "state=held\nnow=", time, "\n";
    name_all(%of);
} elsif ($verb eq "take") {
    my $since = -e $left ? time - (stat $left)[9] : "";
    my ($process, $begun) = anchor();
    s/[\r\n]/ /g for @about;
    my @when = ("taken=" . time, "expires=" . (time + $seconds));
    place($file, "id=$id", @about, @when, "boot=" . boot(), "process=$process", "begun=$begun");
    print "state=taken\nsince=$since\n";
    if ($dead) { print "dead=$dead\n"; name_all(%of) }
} elsif ($verb eq "release" && $mine) {
    place($left, $id);
    unlink $file or die "$file: $!\n";
    print "state=released\n";
} else {
    print "state=", -e $file ? "held" : "free", "\nnow=", time, "\n";
    print "dead=$dead\n" if $dead;
    name_all(%of);
}
