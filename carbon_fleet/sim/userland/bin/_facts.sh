# shellcheck shell=sh
# What this Mac is: the lab's facts, then the overrides of the faults injected now. Sourced by the stand-ins.
. /.sim/mac/facts
for sim_fault in /.sim/mac/faults/*; do
    # shellcheck disable=SC1090
    [ -f "$sim_fault" ] && . "$sim_fault"
done
[ -z "${SIM_DELAY:-}" ] || /.host/bin/sleep "$SIM_DELAY"
