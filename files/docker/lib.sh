# Where Docker Desktop is, and how its own docker is called. Neither another engine's context nor DOCKER_HOST counts.
# The login user's registry logins stay out of it: the keychain they lie in is closed to a session without a screen.
for app in /Applications/Docker.app "$HOME/Applications/Docker.app" ""; do
    if [ -x "$app/Contents/Resources/bin/docker" ]; then
        break
    fi
done
if [ -z "$app" ] && [ -z "${optional:-}" ]; then
    echo "Docker Desktop is not installed: run carbon-fleet apply again" >&2
    exit 69
fi
place=$HOME/.config/carbon-fleet/docker
socket=$HOME/.docker/run/docker.sock
unset DOCKER_CONTEXT || :
DOCKER_HOST=unix://$socket DOCKER_CONFIG=$place/cli PATH=$app/Contents/Resources/bin:$PATH
export DOCKER_HOST DOCKER_CONFIG PATH
if [ -n "$app" ] && [ ! -s "$DOCKER_CONFIG/config.json" ]; then
    (umask 022 && mkdir -p "$HOME/.config/carbon-fleet")
    (umask 077 && mkdir -p "$DOCKER_CONFIG")
    printf '{"cliPluginsExtraDirs": ["%s"]}\n' "$app/Contents/Resources/cli-plugins" >"$DOCKER_CONFIG/config.json.$$"
    mv -f "$DOCKER_CONFIG/config.json.$$" "$DOCKER_CONFIG/config.json"
fi
answers() { # whether the engine does
    [ -S "$socket" ] && within 20 docker version --format '{{.Server.Version}}' >/dev/null 2>&1 </dev/null
}
lives() { # whether the application does, its engine or not
    pgrep -u "$(id -u)" -f "$app/Contents/MacOS/com[.]docker[.]backend" >/dev/null 2>&1 || answers
}
halt() { # SECONDS
    docker desktop stop --timeout "$1" >&2 || :
    left=$1
    while lives; do
        if [ "$left" -le 0 ]; then
            echo "Docker Desktop did not stop: quit it at the Mac's screen, then run this again" >&2
            exit 75
        fi
        left=$((left - 1))
        sleep 1
    done
}
# Values of secrets go from file to file: through no argument, no environment of a process that others see, no output.
# shellcheck disable=SC2154 # folder is the stack's, where there is one
give_secrets() { # CONTAINER TARGET=SECRET...
    beside=$1
    shift
    perl -MDigest::SHA=hmac_sha256_hex -e '
        my ($secrets, $beside, @given) = @ARGV;
        sub content { open my $file, "<:raw", "$secrets/$_[0]" or die "the secret $_[0] is not there: apply again\n"; local $/; scalar <$file> }
        my ($key, %seen, @lines) = content(".key");
        for (@given) {
            my ($target, $name) = split /=/, $_, 2;
            my $value = content($name);
            $seen{$name} = hmac_sha256_hex($value, $key);
            next if $target =~ m{^/};
            die "the secret $name has several lines, which no variable of Docker holds: give it as a file\n" if $value =~ /[\r\n\0]/;
            push @lines, "$target=$value\n";
        }
        my $label = "io.carbon-fleet.secrets=" . join(",", map { "$_:$seen{$_}" } sort keys %seen) . "\n";
        for (["env", join "", @lines], ["labels", $label]) {
            my ($kind, $text) = @$_;
            open my $out, ">:raw", "$beside.$kind.$$" or die "$beside.$kind.$$: $!\n";
            print $out $text or die; close $out or die "$beside.$kind: $!\n";
            rename "$beside.$kind.$$", "$beside.$kind" or die "$beside.$kind: $!\n";
        }
    ' "$HOME/.config/carbon-fleet/secrets" "$folder/$beside" "$@"
}
# A file and what its containers are given are two files: swap.yaml, made last and gone last, says that good and previous are
# to change places, so that a swap that was cut off is ended by whoever comes next.
swapped() {
    [ -f "$folder/swap.yaml" ] || return 0
    if [ -f "$folder/swap.given" ]; then
        for kind in given yaml; do
            [ ! -f "$folder/previous.$kind" ] || mv -f "$folder/previous.$kind" "$folder/good.$kind"
        done
        mv -f "$folder/swap.given" "$folder/previous.given"
    fi
    mv -f "$folder/swap.yaml" "$folder/previous.yaml"
}
