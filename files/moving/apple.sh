# A move's functions of Apple's container. A volume is a disk that one running container has at a time: it is read and
# filled in a container of ours, while those of the stack stand still. Each function that calls the tool is a shell of its
# own, for what its scripts share has names that Docker Desktop's have, too (apple-container/{lib,agent}.sh in apple_found).
# shellcheck shell=sh disable=SC2016,SC2154,SC2317 # a container's shell expands what is quoted; lib.sh stands before
apple_tools=docker.io/library/debian:bookworm # what our images are made of: tar, find and sha256sum of GNU

apple_opens() (
    apple_found
    answers || { echo "the services of Apple's container do not answer" >&2 && exit 1; }
    limited "$brief" "$cli" image inspect "$apple_tools" >/dev/null 2>&1 </dev/null ||
        limited 1800 "$cli" image pull "$apple_tools" >&2 </dev/null
)

# What is sent in lies in the move's folder, and is shown: into a container that reads its input a pipe of more than 64 KiB
# has stood still (apple/containerization issue 477). One that was cut off holds its volume until it is gone.
apple_within() ( # VOLUME|VOLUME:ro SCRIPT WORD...
    apple_found
    box=$helper.${1%:ro} shown=${1%:ro}:/volume
    [ "$1" = "${1%:ro}" ] || shown=$shown:ro
    text=$2
    shift 2
    ! known "$box" || limited "$brief" "$cli" delete --force "$box" >/dev/null </dev/null || exit 1
    set -- "$apple_tools" /bin/sh -c "$text" sh "$@"
    [ ! -d "$kept" ] || set -- --volume "$kept:/kept:ro" "$@"
    limited "$lasts" "$cli" run --rm --name "$box" --progress none --network none --volume "$shown" "$@" </dev/null
)

apple_disk() ( # VOLUME   the file it is on the Mac; 1 where there is none, 2 where nobody can tell
    apple_found
    all=$(limited "$brief" "$cli" volume list --format json </dev/null) || exit 2
    disk=$(printf '%s' "$all" | perl -MJSON::PP -e '
        my $name = shift;
        my $all = JSON::PP->new->utf8->decode(do { local $/; <STDIN> });
        my ($found) = grep { $_->{name} eq $name } map { $_->{configuration} } @$all;
        print $found->{source} if $found' "$1") || exit 2
    [ -n "$disk" ] && printf '%s\n' "$disk"
)

apple_has() { apple_disk "$1" >/dev/null; }

# A new file system has a folder of its own (apple/container issue 1730).
apple_full() {
    ! entries=$(apple_within "$1:ro" 'cd /volume && find . -mindepth 1 -maxdepth 1 ! \( -name lost+found -type d -empty \)') ||
        [ -n "$entries" ]
}

# What its disk takes: while the stack runs nobody else can have it.
apple_kib() { disk=$(apple_disk "$1") && size=$(du -sk "$disk") && printf '%s\n' "${size%%[!0-9]*}"; }

apple_out() { apple_within "$1:ro" "$(pack_text)"; }

apple_in() ( # VOLUME SHA256 STACK
    apple_found
    limited "$brief" "$cli" volume create --label "io.carbon-fleet.stack=$3" "$1" >/dev/null </dev/null || exit 1
    apple_within "$1" 'exec <"/kept/$2.tar"
'"$(unpack_text)" "$2" "$1"
)

apple_print() { apple_within "$1:ro" "$(print_text)" /volume "$owners"; }

apple_forget() (
    apple_found
    limited "$brief" "$cli" volume delete "$1" >/dev/null </dev/null && exit 0
    # One whose run was cut off may have it still.
    known "$helper.$1" && limited "$brief" "$cli" delete --force "$helper.$1" >/dev/null </dev/null &&
        limited "$brief" "$cli" volume delete "$1" >/dev/null </dev/null
)

apple_names() ( # STACK   its containers: those that are there, and those of its file
    apple_found
    all=$(limited "$brief" "$cli" list --all --format json </dev/null) || exit 1
    printf '%s' "$all" | perl -MJSON::PP -e '
        my ($stack, $file) = @ARGV;
        my $json = JSON::PP->new->utf8;
        my %names;
        for my $of (map { $_->{configuration} } @{$json->decode(do { local $/; <STDIN> })}) {
            $names{$of->{id}} = 1 if (($of->{labels} || {})->{"io.carbon-fleet.stack"} || "") eq $stack;
        }
        if (open my $said, "<:raw", $file) { $names{$_->{name}} = 1 for values %{$json->decode(do { local $/; <$said> })} }
        print map { "$_\n" } sort keys %names' "$1" "$place/$1/containers.json"
)

# launchd first, which would start them again; a login would load what lies among the agents.
apple_stop() (
    names=$(apple_names "$1") && mkdir -p "$kept/apple" || exit 1
    apple_found
    for box in $names; do
        unload "$box"
        ! loaded "$box" || { echo "launchd still has $prefix$box" >&2 && exit 1; }
        [ ! -e "$HOME/Library/LaunchAgents/$prefix$box.plist" ] ||
            mv -f "$HOME/Library/LaunchAgents/$prefix$box.plist" "$kept/apple/" || exit 1
        halt "$box"
        ! runs "$box" || { echo "$box does not stop" >&2 && exit 1; }
    done
)

apple_start() ( # STACK SECONDS
    apple_found
    for file in "$kept/apple"/*.plist; do
        [ ! -e "$file" ] || mv -f "$file" "$HOME/Library/LaunchAgents/" || exit 1
    done
    names=$(apple_names "$1") || exit 1
    for box in $names; do
        plist=$HOME/Library/LaunchAgents/$prefix$box.plist
        [ -e "$plist" ] || continue
        launchctl enable "$domain/$prefix$box" >&2
        if ! loaded "$box"; then
            launchctl bootstrap "$domain" "$plist" >&2 || exit 1
        elif ! runs "$box"; then
            launchctl kickstart "$domain/$prefix$box" >&2 || exit 1
        fi
    done
    apple_members "$1" | while read -r box name; do
        left=$2
        until runs "$box" && apple_works "$1" "$name"; do
            [ "$left" -gt 0 ] || { echo "$box does not do its work" >&2 && exit 1; }
            left=$((left - 1))
            sleep 1
        done
    done
)

apple_members() { # STACK   each container, and its name in the stack
    perl -MJSON::PP -e '
        open my $file, "<:raw", $ARGV[0] or die "$ARGV[0]: $!\n";
        my $all = JSON::PP->new->utf8->decode(do { local $/; <$file> });
        print map { "$all->{$_}{name} $_\n" } sort keys %$all' "$place/$1/containers.json"
}

apple_works() { # STACK NAME
    limited "$brief" perl -e "$(apple_member_text)" check "$cli" "$place/$1" "$2" "$HOME/.config/carbon-fleet/secrets" >/dev/null 2>&1 </dev/null
}

apple_drop() (
    names=$(apple_names "$1") || exit 1
    apple_found
    for box in $names; do
        unload "$box"
        halt "$box"
        ! known "$box" || limited "$brief" "$cli" delete --force "$box" >/dev/null </dev/null || exit 1
        rm -f "$HOME/Library/LaunchAgents/$prefix$box.plist" || exit 1
    done
    rm -rf "${place:?}/${1:?}" "${kept:?}/apple"
)

apple_told() ( # each volume: NAME|STACK|DISK|CONTAINER,…, the containers those that run
    apple_found
    volumes=$(limited "$brief" "$cli" volume list --format json </dev/null) || exit 1
    boxes=$(limited "$brief" "$cli" list --format json </dev/null) || exit 1
    perl -MJSON::PP -e '
        my ($volumes, $boxes) = map { [map { $_->{configuration} } @{JSON::PP->new->utf8->decode($_)}] } @ARGV;
        my %by;
        for my $box (@$boxes) {
            for (@{$box->{mounts}}) {
                my $of = $_->{type}{volume} or next;
                push @{$by{$of->{name} || $_->{source}}}, $box->{id};
            }
        }
        for (@$volumes) {
            print join("|", $_->{name}, ($_->{labels} || {})->{"io.carbon-fleet.stack"} || "", $_->{source},
                join ",", @{$by{$_->{name}} || []}), "\n";
        }' "$volumes" "$boxes"
)

apple_volumes() {
    all=$(apple_told) || return 1
    [ -z "$all" ] || printf '%s\n' "$all" | while IFS='|' read -r volume of disk users; do
        size=$(du -sk "$disk") || exit 1
        printf '%s|%s|%s|%s\n' "$volume" "$of" "${size%%[!0-9]*}" "$users"
    done
}

# What is sent lies on the Mac before it is shown: see apple_within.
apple_fill() ( # VOLUME SHA256 REPLACE STACK
    all=$(apple_told) || exit 1
    row=$(printf '%s\n' "$all" | awk -F '|' -v name="$1" '$1 == name')
    used=${row##*|}
    if [ -n "$used" ]; then
        echo "the volume $1 is in use by $used" >&2
        exit 71
    fi
    kept=$(mktemp -d "${TMPDIR:-/tmp}/carbon-fleet.XXXXXX") || exit 1
    trap 'rm -rf "$kept"' EXIT
    trap 'exit 143' HUP INT PIPE TERM
    cat >"$kept/sent" || { echo "this Mac has too little room for the archive" >&2 && exit 88; }
    apple_found
    [ -n "$row" ] || limited "$brief" "$cli" volume create ${4:+--label "io.carbon-fleet.stack=$4"} "$1" >/dev/null </dev/null || exit 1
    apple_within "$1" 'exec <"/kept/sent"
'"$(swap_text)" "$2" "$3"
)
