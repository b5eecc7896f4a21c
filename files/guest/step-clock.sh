# Measure the time anew and step the clock to it: after the Mac slept, the virtual machine's clock stands behind.
set -u
if ! systemctl is-active --quiet chronyd.service; then
    systemctl restart chronyd.service || exit $?
fi
chronyc burst 3/5 >/dev/null 2>&1 || :
tries=0
while ! chronyc waitsync 1 0 0 1 >/dev/null 2>&1 && [ "$tries" -lt 10 ]; do
    sleep 1
    tries=$((tries + 1))
done
chronyc makestep
