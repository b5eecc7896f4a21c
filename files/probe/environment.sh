# Python environments of ours: links, what they lead to, and what is installed there. Neither Python nor uv is started.
section_environment() {
    cf_ours=$HOME/.local/share/carbon-fleet
    for cf_path in "$cf_ours"/environments/*; do
        cf_name=${cf_path##*/}
        if [ -L "$cf_path" ]; then
            cf_target=$(readlink "$cf_path")
            cf_fact link "$cf_name ${cf_target#.made/}"
        elif [ -e "$cf_path" ]; then
            cf_fact other "$cf_name"
        fi
    done
    for cf_path in "$cf_ours"/environments/.made/*; do
        if [ -d "$cf_path" ]; then
            cf_environment_slot "$cf_path"
        fi
    done
    for cf_path in "$cf_ours"/python/cpython-*; do
        if [ -d "$cf_path" ] && [ ! -L "$cf_path" ]; then
            cf_fact base "${cf_path##*/}"
        fi
    done
}

cf_environment_slot() { # PATH
    cf_slot=${1##*/}
    cf_fact slot "$cf_slot"
    if [ -f "$1/carbon-fleet.note" ]; then
        cf_fact note "$cf_slot $(head -n 1 "$1/carbon-fleet.note")"
    fi
    if [ -f "$1/pyvenv.cfg" ]; then
        cf_fact python "$cf_slot $(sed -n 's/^version_info *= *//p' "$1/pyvenv.cfg")"
        # uv names a Python by a link of its minor version, too.
        cf_base=$(sed -n 's/^home *= *//p' "$1/pyvenv.cfg")
        cf_fact home "$cf_slot $(cd "$cf_base" 2>/dev/null && pwd -P)"
    fi
    if [ -x "$1/bin/python" ]; then
        cf_fact runs "$cf_slot yes"
    else
        cf_fact runs "$cf_slot no"
    fi
    for cf_package in "$1"/lib/python*/site-packages/*.dist-info "$1"/lib/python*/site-packages/*.egg-info; do
        if [ -e "$cf_package" ]; then
            cf_fact package "$cf_slot ${cf_package##*/}"
        fi
    done
}
