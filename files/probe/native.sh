# The programs of stacks that launchd runs on the Mac itself: property lists, what launchd makes of them, what each was
# started with, whether it works; folders of data, models, and services of Homebrew that may have their ports.
# shellcheck disable=SC2154 # cf_tmp is lib.sh's
section_native() {
    if [ -z "${CF_NATIVE_WISHED:-}" ] && ! cf_native_ours; then
        cf_fact none yes
        return 0
    fi
    cf_uid=$(id -u)
    cf_fact uid "$cf_uid"
    cf_fact home "$HOME"
    cf_screen=0
    cf_deadline 10 launchctl print "gui/$cf_uid" >/dev/null 2>&1 || cf_screen=$?
    cf_fact screen "$cf_screen"
    cf_block disabled 10 launchctl print-disabled "user/$cf_uid" || :
    # Names have no blanks, and are meant to be split.
    for cf_job in $(cf_native_names); do
        cf_file "$HOME/Library/LaunchAgents/io.carbon-fleet.native.$cf_job.plist"
        cf_native_job "$cf_job"
    done
    # Homebrew's services are in gui/UID, or in user/UID where somebody started them by ssh.
    for cf_job in $CF_NATIVE_FORMULAE; do
        cf_native_pid "homebrew.mxcl.$cf_job" "brew $cf_job" gui
        [ -n "$cf_pid" ] || cf_native_pid "homebrew.mxcl.$cf_job" "brew $cf_job" user
    done
    for cf_bringer in $CF_NATIVE_BRINGERS; do
        cf_native_came "$cf_bringer"
    done
    cf_native_health
    cf_native_kept
}

# A program that runs is still the one it was started as, though another has come in its place: Homebrew leads opt/NAME
# to another keg, an environment that is made anew has another note.
cf_native_came() { # formula:NAME | environment:NAME
    case $1 in
    formula:*) cf_path=$CF_PREFIX/opt/${1#*:} ;;
    *) cf_path=$HOME/.local/share/carbon-fleet/environments/${1#*:}/carbon-fleet.note ;;
    esac
    cf_came=$(perl -e 'my @said = lstat $ARGV[0] or exit 0; print time - $said[9]' "$cf_path")
    [ -z "$cf_came" ] || cf_fact came "$1 $cf_came"
}

cf_native_ours() { # whether anything of ours is there
    cf_noted native || cf_any "$HOME/Library/LaunchAgents"/io.carbon-fleet.native.* ||
        cf_any "$HOME/.local/share/carbon-fleet/native"/*/* || cf_any "$HOME/.local/share/carbon-fleet/models"/*
}

cf_native_names() { # those that are there, and those that are wished
    {
        for cf_path in "$HOME/Library/LaunchAgents"/io.carbon-fleet.native.*.plist; do
            [ ! -e "$cf_path" ] || basename "$cf_path" .plist | sed 's/^io\.carbon-fleet\.native\.//'
        done
        printf '%s' "$CF_NATIVE_ASKED" | cut -d ' ' -f 1
    } | sort -u
}

cf_native_pid() { # LABEL WHOSE DOMAIN   how launchctl ended, and what it says of the process
    cf_loaded=0
    cf_deadline 10 launchctl print "$3/$cf_uid/$1" >"$cf_tmp/job" 2>/dev/null || cf_loaded=$?
    cf_pid=$(awk '/^\tpid = [0-9]+$/ { print $3; exit }' "$cf_tmp/job")
    cf_last=$(awk '/^\tlast exit code = [0-9]/ { sub(/:.*/, "", $5); print $5; exit }' "$cf_tmp/job")
    cf_fact launchd "$2 $cf_loaded ${cf_pid:--} ${cf_last:--}"
}

cf_native_job() { # NAME
    cf_native_pid "io.carbon-fleet.native.$1" "job $1" gui
    cf_note=$HOME/.local/state/carbon-fleet/native/$1.started
    [ ! -f "$cf_note" ] || cf_fact started "$1 $(cat "$cf_note")"
    if [ -n "$cf_pid" ]; then
        printf '%s\n' "$1" >>"$cf_tmp/running"
        cf_fact since "$1 $(ps -o etime= -p "$cf_pid" | tr -d ' ')"
        ps -axo pid=,pgid= | awk -v group="$cf_pid" -v name="$1" '$2 == group { print "process=" name " " $1 }'
    fi
}

# All are asked at once: one that does not answer holds nobody up.
cf_native_health() {
    [ -f "$cf_tmp/running" ] || return 0
    printf '%s' "$CF_NATIVE_ASKED" >"$cf_tmp/asked"
    while read -r cf_name cf_wait cf_script; do
        if [ "$cf_script" != - ] && grep -qxF "$cf_name" "$cf_tmp/running"; then
            printf '%s' "$cf_script" | base64 -d >"$cf_tmp/ask.$cf_name"
            (
                cf_status=0
                cf_deadline "$cf_wait" /bin/sh "$cf_tmp/ask.$cf_name" >"$cf_tmp/said.$cf_name" 2>&1 </dev/null || cf_status=$?
                echo "$cf_status" >"$cf_tmp/status.$cf_name"
            ) &
        fi
    done <"$cf_tmp/asked"
    wait
    for cf_path in "$cf_tmp"/status.*; do
        if [ -f "$cf_path" ]; then
            cf_name=${cf_path##*/status.}
            cf_fact health "$cf_name $(cat "$cf_path") $(tail -n 1 "$cf_tmp/said.$cf_name" | tr -d '\r' | cut -c 1-200)"
        fi
    done
}

cf_native_kept() {
    for cf_path in "$HOME/.local/share/carbon-fleet/native"/*/*/; do
        if [ -d "$cf_path" ]; then
            cf_path=${cf_path%/}
            cf_fact volume "${cf_path#"$HOME/.local/share/carbon-fleet/native/"}"
        fi
    done
    cf_models "$HOME/.local/share/carbon-fleet/models"
}
