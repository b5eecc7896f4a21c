# The way into a Podman machine, for scripts that run on its Mac.
# shellcheck shell=sh disable=SC2034,SC2154,SC2317
summed() { # sha256 of standard input: macOS has shasum, a Linux machine may have only the other
    if command -v shasum >/dev/null; then shasum -a 256; else sha256sum; fi | cut -d ' ' -f 1
}

# The way in, from the machine's own file: a start may have changed the port.
way_in() { # JSON
    said=$(perl -0ne '
        my ($ssh) = /"SSH":\s*(\{[^}]*\})/ or exit 1;
        for my $key ("IdentityPath", "Port", "RemoteUsername") {
            $ssh =~ /"$key":\s*"?([^",}]+)/ or exit 1;
            print "$1\n";
        }
        print /"HostUser":\s*\{[^}]*"UID":\s*(\d+)/ ? "$1\n" : "501\n";
    ' "$1") || return 1
    { read -r identity && read -r port && read -r user && read -r uid; } <<END
$said
END
}

quoted() { # WORD...   as a shell on the other side needs them
    for word; do
        printf " '%s'" "$(printf %s "$word" | sed "s/'/'\\\\''/g")"
    done
}

inside() { # USER SCRIPT ARGUMENT...   in the machine; standard input goes along
    to=$1
    text=$2
    shift 2
    ssh -F /dev/null -T -i "$identity" -p "$port" -o IdentitiesOnly=yes -o StrictHostKeyChecking=no \
        -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o BatchMode=yes -o ConnectTimeout=10 \
        -o ServerAliveInterval=15 -o ServerAliveCountMax=8 "$to@127.0.0.1" "/bin/sh -c$(quoted "$text") sh$(quoted "$@")"
}
