# Ends whatever is left in a guest's cgroup and removes it. Usage: sweep.sh GROUP
group=$1
[ -d "$group" ] || exit 0
echo 1 >"$group/cgroup.kill" 2>/dev/null
for _ in 1 2 3 4 5 6 7 8 9 10; do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null
    [ -d "$group" ] || break
    sleep 0.2
done
rmdir "${group%/*}" 2>/dev/null
exit 0
