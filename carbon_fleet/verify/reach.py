"""What verify runs on a Mac to hear who answers at a port: perl, which macOS has, and a simulated Mac, too."""

ASK = """# SECONDS HOST:PORT...: asks all at once, and waits for one to hang up, as who only listens for others does.
use IO::Socket::IP; $| = 1; my $seconds = shift;
for my $place (@ARGV) {
    next if fork;
    my ($host, $port) = $place =~ /^(.*):(\\d+)$/;
    my $socket = IO::Socket::IP->new(PeerHost => $host, PeerPort => $port, Timeout => 5);
    my $said = "nobody listens there";
    if ($socket) {
        vec(my $ready = "", fileno $socket, 1) = 1;
        my $ended = select($ready, undef, undef, $seconds) && !sysread($socket, my $byte, 1);
        $said = $ended ? "it is hung up at once: nothing in the container listens" : "answers";
    }
    print "$place $said\\n"; exit;
}
1 while wait > 0;
"""
"""Prints a line a place: it and `answers`, `nobody listens there`, or that it hangs up."""
OWN_ADDRESS = """use IO::Socket::IP;
my $way = IO::Socket::IP->new(PeerHost => "192.0.2.1", PeerPort => 9, Proto => "udp", Type => SOCK_DGRAM);
print $way->sockhost if $way;"""
"""Where packets to elsewhere would come from; a datagram socket sends none to be told."""
