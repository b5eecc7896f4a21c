# Containers that people had in a machine, made again in another as they were made: what save.sh noted of each.
# shellcheck shell=sh disable=SC2154,SC2317
# The command a person typed, from JSON, such that it does not wait and makes this very container. Ends with 3 where there
# is none (it was made through podman's API), 4 for a folder said as seen from where it was typed, 5 where it was over.
typed() { # NAME RUNS   the JSON on standard input
    NAME=$1 RUNS=$2 perl -0ne '
        my @words;
        while (/"((?:[^"\\]|\\.)*)"/g) {
            my $word = $1;
            my %short = (n => "\n", t => "\t", r => "\r", b => "\b", f => "\f");
            $word =~ s{\\(?:u([0-9a-fA-F]{4})|(.))}{
                my $char = defined $1 ? chr hex $1 : $short{$2} // $2;
                utf8::encode($char) if defined $1;
                $char
            }ge;
            push @words, $word;
        }
        shift @words while @words && $words[0] !~ /^(?:run|create)$/;
        exit 3 unless @words;
        exit 4 if grep { m{^(?:-v|--volume=)?\.\.?(?:/[^:]*)?:} } @words;
        my $verb = shift @words;
        exit 5 if $verb eq "run" && $ENV{RUNS} ne "true";
        unshift @words, $verb, ($verb eq "run" ? "--detach" : ()), "--name=$ENV{NAME}";
        s/\x27/\x27\\\x27\x27/g for @words;
        print "podman ", join(" ", map { "\x27$_\x27" } @words), " </dev/null\n";
        print "podman start \x27$ENV{NAME}\x27 </dev/null\n" if $verb eq "create" && $ENV{RUNS} eq "true";
    '
}

again_one() { # USER NAME RUNS UNIT FILE TEXT JSON   says what became of it; fails where it ran and does not now
    if inside "$1" "podman container exists \"\$1\"" "$2" </dev/null 2>/dev/null; then
        echo "is there"
    elif [ -n "$4" ] && [ "$3" != true ]; then
        echo "left alone: it did not run"
    elif [ -n "$4" ]; then
        said=$(printf %s "$6" | inside "$1" "$(inside_unit)" "$4" "$5" 2>&1) || { printf '%s\n' "$said" | tail -n 1 && return 1; }
        echo "started by $4"
    else
        told=0
        line=$(printf %s "$7" | typed "$2" "$3") || told=$?
        case $told in
        0) ;;
        3) echo "no command is known: it was made through the API of podman" && return 1 ;;
        4) echo "not started: its command names a folder as seen from where it was typed" && return 1 ;;
        5) echo "left alone: it did not run" && return 0 ;;
        *) return 1 ;;
        esac
        # On standard input: what was typed may hold secrets, and arguments are seen by all.
        said=$(printf 'set -e\n%s\n' "$line" | inside "$1" 'exec /bin/sh -s' 2>&1) || { printf '%s\n' "$said" | tail -n 1 && return 1; }
        echo "made as it was"
    fi
}

again() { # WHICH   all of them, or those that were gone when they were stopped (once); a line each
    missed=0
    for who in root "${user:-core}"; do
        [ -s "$kept/made-$who" ] || continue
        while IFS='|' read -r box runs infra unit file text json_of <&3; do
            [ "$infra" != true ] || continue
            [ "$1" = all ] || grep -qx "$1 $box" "$kept/quiet-$who" || continue
            became=$(again_one "$who" "$box" "$runs" "$unit" "$file" "$text" "$json_of") || missed=1
            echo "$box: $became"
        done 3<"$kept/made-$who"
    done
    return "$missed"
}
