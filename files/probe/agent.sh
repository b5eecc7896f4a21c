# The LaunchAgents of ours, and the LaunchDaemon (boot): their files, whether launchd has them, whether somebody disabled them.
# A Mac that has none and is to have none asks launchd nothing.
section_agent() {
    cf_ask=$CF_AGENT_ASKED
    cf_ours=$HOME/Library/LaunchAgents/io.carbon-fleet
    for cf_path in "$cf_ours.autostart" "$cf_ours.drift" "$cf_ours.pull" /Library/LaunchDaemons/io.carbon-fleet.boot; do
        cf_file "$cf_path.plist"
        if [ -e "$cf_path.plist" ]; then
            cf_ask=yes
        fi
    done
    cf_fact asked "$cf_ask"
    if [ "$cf_ask" = yes ]; then
        cf_agents
    fi
    for cf_path in "$CF_AGENT_PROGRAM" "$CF_AGENT_LAB" "$CF_AGENT_PULL_PROGRAM" "$CF_AGENT_SIGNERS" "$CF_AGENT_CA"; do
        if [ -n "$cf_path" ] && [ -r "$(cf_home "$cf_path")" ]; then
            cf_fact there "$cf_path"
        fi
    done
}

# gui/UID is there while the user is logged in at the screen, and only then.
cf_agents() {
    cf_uid=$(id -u)
    cf_fact uid "$cf_uid"
    cf_fact user "$(id -un)"
    cf_fact home "$HOME"
    cf_fact temporary "$(getconf DARWIN_USER_TEMP_DIR)"
    cf_screen=0
    cf_deadline 10 launchctl print "gui/$cf_uid" >/dev/null 2>&1 || cf_screen=$?
    cf_fact screen "$cf_screen"
    for cf_name in autostart drift pull; do
        cf_loaded=0
        cf_deadline 10 launchctl print "gui/$cf_uid/io.carbon-fleet.$cf_name" >/dev/null 2>&1 || cf_loaded=$?
        cf_fact loaded "$cf_name $cf_loaded"
    done
    cf_loaded=0
    cf_deadline 10 launchctl print system/io.carbon-fleet.boot >/dev/null 2>&1 || cf_loaded=$?
    cf_fact loaded "boot $cf_loaded"
    cf_block disabled 10 launchctl print-disabled "user/$cf_uid" || :
    cf_block disabled_system 10 launchctl print-disabled system || :
}
