$t = shift; $parent = getppid; exit 143 if $parent == 1; $p = fork; defined $p or exit 125;
if (!$p) { setpgrp(0, 0); exec { $ARGV[0] } @ARGV; print STDERR "$ARGV[0]: $!\n"; exit 127 }
$end = sub { alarm 0; kill "-TERM", $p; sleep 1; kill "-KILL", $p; exit shift };
$SIG{$_} = sub { $end->(143) } for qw(HUP INT TERM);
$SIG{ALRM} = sub { $end->(124) if --$t <= 0; $end->(143) if getppid != $parent; alarm 1 };
alarm 1; 1 while waitpid($p, 0) < 0 && $!{EINTR}; $s = $?; alarm 0;
exit($s & 127 ? 128 + ($s & 127) : $s >> 8);
