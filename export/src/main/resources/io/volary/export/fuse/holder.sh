# Keeps a mount while no daemon serves it. Descriptor 3 is the connection to the kernel, 4 the journal; a daemon that serves the
# mount holds the pipe open, and asks for things by lines in it.
# Arguments: the pipe, the mount point, the same as /proc/self/mountinfo has it, how many seconds to wait for a daemon, a log
pipe=$1 point=$2 listed=$3 seconds=$4
exec </dev/null >>"$5" 2>&1
trap '' HUP INT QUIT PIPE

while :; do
    # Opening the pipe waits until somebody opens it for writing: a daemon, or the clock. Reading ends when both have gone.
    sleep "$seconds" >"$pipe" 3<&- 4<&- &
    clock=$!
    served=
    while read -r word rest; do
        case $word in
            serve)
                [ ! "$clock" ] || kill "$clock" 2>/dev/null
                [ ! "$clock" ] || wait "$clock" 2>/dev/null
                clock=
                served=yes
                seconds=$rest
                ;;
            give) eval "$rest" </dev/null ;;
            unmount) break 2 ;;
            end)
                rm -f -- "$pipe"
                exit
                ;;
        esac
    done <"$pipe"
    if [ ! "$served" ]; then
        echo "volary: no daemon has come back in $seconds s to serve $point: unmounting it"
        break
    fi
done

# With the last descriptor the connection ends: whoever waits gets an error.
exec 3<&- 4<&-
if grep -F -- " $listed " /proc/self/mountinfo | tail -n 1 | grep -qF ' - fuse.volary '; then
    umount -- "$point" 2>/dev/null || umount -l -- "$point" 2>/dev/null || fusermount3 -u -z -q -- "$point"
fi
rm -f -- "$pipe"
