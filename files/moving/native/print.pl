# The sha256 that machine/inside/print.sh computes without owners, on a Mac, which has neither GNU's find nor its sort.
# Sorted by bytes; a name that is not all readable ends it.   PLACE
use strict;
use warnings FATAL => "all";
use Digest::SHA;
use File::Find;
chdir $ARGV[0] or die "$ARGV[0]: $!\n";
my (@told, @files);

sub inside {
    opendir my $folder, $_[0] or die "$_[0]: $!\n";
    return grep { !/^\.\.?$/ } readdir $folder;
}

sub seen {
    return if $_ eq ".";
    my $path = substr $_, 2;
    my $mode = (lstat)[2];
    return if $path eq "lost+found" && -d _ && !inside($path);
    my $kind = -l _ ? "l" : -f _ ? "f" : -d _ ? "d" : -p _ ? "p" : -S _ ? "s" : -b _ ? "b" : "c";
    my $link = $kind eq "l" ? readlink : "";
    push @told, join "\t", $kind, $kind eq "l" ? "" : (sprintf "%03o", $mode & 0777), "", $link, $path;
    push @files, $_ if $kind eq "f";
}
find({ wanted => \&seen, no_chdir => 1 }, ".");
my $all = Digest::SHA->new(256);
$all->add("$_\0") for sort @told;
for (sort @files) {
    open my $file, "<:raw", $_ or die "$_: $!\n";
    $all->add(Digest::SHA->new(256)->addfile($file)->hexdigest, "  $_\0");
}
print $all->hexdigest, "\n";
