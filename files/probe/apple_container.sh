# Apple's container: where it is, whether its services run, and what of ours is in it. Nothing is started by looking.
# Its lists tell every container's variables, which may hold secrets: of them only what is asked for leaves the Mac.
# shellcheck disable=SC2154 # cf_tmp is lib.sh's
section_apple_container() {
    if [ -d "$HOME/.config/carbon-fleet/apple-container" ]; then
        cf_fact folder yes
    elif [ -z "${CF_APPLE_WISHED:-}" ] && ! cf_noted apple_container && ! cf_any "$HOME/Library/LaunchAgents/io.carbon-fleet.container."*; then
        cf_fact none yes
        return 0
    fi
    cf_apple_files
    cf_root="$HOME/Library/Application Support/com.apple.container"
    if [ -e "$cf_root/kernels/default.kernel-arm64" ]; then
        cf_fact kernel yes
    else
        cf_fact kernel no
    fi
    for cf_cli in "$CF_APPLE_PREFIX/bin/container" /usr/local/bin/container ""; do
        if [ -n "$cf_cli" ] && [ -x "$cf_cli" ]; then
            break
        fi
    done
    cf_running=no
    if [ -n "$cf_cli" ]; then
        cf_fact cli "$cf_cli"
        cf_block version 10 "$cf_cli" --version || :
        if cf_block status 15 "$cf_cli" system status; then
            cf_running=yes
        fi
    fi
    cf_fact running "$cf_running"
    cf_apple_jobs
    if [ "$cf_running" = yes ]; then
        cf_apple_inside
    fi
    return 0
}

cf_apple_files() {
    for cf_path in "$HOME/.config/carbon-fleet/apple-container"/*/containers.json \
        "$HOME/Library/LaunchAgents/io.carbon-fleet.container."*.plist; do
        if [ -e "$cf_path" ]; then
            cf_file "$cf_path"
        fi
    done
    for cf_stack in $CF_APPLE_STACKS; do
        cf_path=$HOME/.config/carbon-fleet/apple-container/$cf_stack/containers.json
        if [ ! -e "$cf_path" ]; then
            cf_file "$cf_path"
        fi
    done
    for cf_container in $CF_APPLE_CONTAINERS; do
        cf_path=$HOME/Library/LaunchAgents/io.carbon-fleet.container.$cf_container.plist
        if [ ! -e "$cf_path" ]; then
            cf_file "$cf_path"
        fi
    done
}

# What launchd has of ours: each job says in a variable what it was made from. One question where there is none.
cf_apple_jobs() {
    cf_uid=$(id -u)
    cf_domain=user/$cf_uid
    if cf_deadline 10 launchctl print "gui/$cf_uid" >/dev/null 2>&1; then
        cf_domain=gui/$cf_uid
    fi
    cf_deadline 10 launchctl list >"$cf_tmp/loaded" 2>/dev/null || :
    awk '$NF ~ /^io\.carbon-fleet\.container\./ { sub(/^io\.carbon-fleet\.container\./, "", $NF); print $NF }' \
        "$cf_tmp/loaded" >"$cf_tmp/names"
    for cf_container in $CF_APPLE_CONTAINERS; do
        printf '%s\n' "$cf_container" >>"$cf_tmp/names"
    done
    # shellcheck disable=SC2013 # a name is one word
    for cf_container in $(sort -u "$cf_tmp/names"); do
        if cf_deadline 10 launchctl print "$cf_domain/io.carbon-fleet.container.$cf_container" >"$cf_tmp/job" 2>/dev/null; then
            cf_fact job "$cf_container $(awk -v mark="$CF_APPLE_MARK" '$1 == mark && $2 == "=>" { print $3; exit }' "$cf_tmp/job")"
        fi
    done
}

cf_apple_inside() {
    # shellcheck disable=SC2016 # it is perl
    cf_apple_container containers 15 list '
        my $status = $one->{status}; my $labels = $one->{configuration}{labels} || {};
        my ($age, $began) = ("", ref $status ? $status->{startedDate} : "");
        if (($began || "") =~ /^(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)/) { $age = time - timegm($6, $5, $4, $3, $2 - 1, $1); $age = 0 if $age < 0 }
        my @said = map { my $said = $labels->{"io.carbon-fleet.$_"}; defined $said ? $said : "" } qw(stack container definition secrets);
        join "|", $one->{configuration}{id}, ref $status ? $status->{state} : "", @said, $age' --all
    # shellcheck disable=SC2016
    cf_apple_container images 15 "image list" 'my $name = $one->{configuration}{name} || ""; $name =~ m{^localhost/carbon-fleet/} ? $name : ()'
    # shellcheck disable=SC2016
    cf_apple_container volumes 15 "volume list" 'my $of = $one->{configuration}; join "|", $of->{name}, ($of->{labels} || {})->{"io.carbon-fleet.stack"} || ""'
    : >"$cf_tmp/health"
    awk -F '|' '$2 == "running" { print $1 }' "$cf_tmp/of.containers" >"$cf_tmp/up"
    eval "$CF_APPLE_CHECKS"
    wait
    cat "$cf_tmp/health"
}

# One list in JSON, and what a perl expression makes of each entry.
cf_apple_container() { # NAME SECONDS WORDS EXPRESSION [OPTION...]
    cf_what=$1
    cf_wait=$2
    cf_words=$3
    cf_expression=$4
    shift 4
    cf_status=0
    # shellcheck disable=SC2086 # words are meant to be split
    cf_deadline "$cf_wait" "$cf_cli" $cf_words "$@" --format json >"$cf_tmp/json" 2>"$cf_tmp/json-err" || cf_status=$?
    # shellcheck disable=SC2016 # it is perl
    cf_block "$cf_what" 10 perl -MJSON::PP -MTime::Local -e '
        my ($path, $trouble, $status, $text) = @ARGV;
        if ($status) { open my $said, "<", $trouble; print STDERR <$said>; exit $status }
        my $each = eval "sub { my \$one = shift; $text }" or die $@;
        open my $in, "<:raw", $path or die; local $/; my $all = JSON::PP->new->utf8->decode(scalar <$in>);
        binmode STDOUT, ":utf8"; print "$_\n" for map { $each->($_) } @$all
    ' "$cf_tmp/json" "$cf_tmp/json-err" "$cf_status" "$cf_expression" || :
    cf_said >"$cf_tmp/of.$cf_what"
}

# Health is asked of what runs, all at once; of the answer only the exit status is told.
cf_apple_check() { # CONTAINER SECONDS WORD...
    cf_container=$1
    cf_wait=$2
    shift 2
    if grep -Fqx -- "$cf_container" "$cf_tmp/up"; then
        (
            cf_status=0
            cf_deadline "$cf_wait" "$cf_cli" exec "$cf_container" "$@" >/dev/null 2>&1 </dev/null || cf_status=$?
            printf 'health=%s %s\n' "$cf_container" "$cf_status" >>"$cf_tmp/health"
        ) &
    fi
}
