# A guest whose disk is a volume migrates from one QEMU to another while it writes and reads.

. "$(dirname "$(readlink -f "$(command -v volary)")")/system-tests/guest.sh"

qmp() {
    python3 "$(dirname "$(readlink -f "$(command -v volary)")")/system-tests/python/qmp.py" "$@"
}

# What the guest does all the time. Files are read from the disk and then once more from the cache, which is in memory that
# a migration has to copy.
guests_work() {
    cat <<'END'
while [ ! -e stop ]; do
    ./busybox dd if=/dev/urandom of=/files/new bs=64k count=16 conv=fsync 2>/dev/null
    ./busybox md5sum /files/new >new
    echo 3 >/proc/sys/vm/drop_caches
    ./busybox md5sum -c sums new >read || { echo 'DAMAGED on the disk'; ./busybox grep -v OK read; }
    ./busybox md5sum -c sums new >read || { echo 'DAMAGED in memory'; ./busybox grep -v OK read; }
    round=$((round + 1))
    echo $round >round
done
echo ended >ended
END
}

# QEMU 7.2 loses writes of an emulated processor while it migrates, if the guest's memory is a multiple of 256 KiB: it clears
# the marks of 64 pages at a time then, and does not have the processor set them again. So the memory is 8 KiB larger.
memory_that_migrates() {
    echo " -m 262152K -object memory-backend-memfd,id=memory,share=on,size=262152K -machine memory-backend=memory"
}

# boot_for_migration [QEMU OPTIONS]: a guest that is at work, and runs from a copy of busybox in memory, since an emulated
# processor would not notice that somebody else writes to memory whose code it has translated.
boot_for_migration() {
    use_the_demos_guest
    over_shared_memory "${1:-}"
    qemu_options="$qemu_options$(memory_that_migrates)"
    common=$qemu_options
    volary start
    volary import disk.img vm
    qemu_options="$common -qmp unix:vm.qmp,server=on,wait=off"
    boot vm
    guest vm 'mkdir /files /t; mount -t tmpfs t /t; cd /t; cp /bin/busybox .; mkdir bin; for i in $(./busybox --list); do ln -s ../busybox bin/$i; done'
    send vm 'PATH=/t/bin exec ./busybox sh'
    guest vm 'for i in 1 2 3 4 5 6; do ./busybox dd if=/dev/urandom of=/files/$i bs=64k count=64 2>/dev/null; done; sync'
    guest vm 'md5sum /files/* >sums; wc -l <sums'
    expect vm 6
    guests_work >work.sh
    guest vm "echo $(base64 -w 0 work.sh) | base64 -d >work; (./busybox sh work &) ; echo it works"
    expect vm 'it works'
    await_rounds vm 1
}

# await_rounds NAME N: until the guest has done N more of them.
await_rounds() {
    guest "$1" "n=\$((\$(cat round 2>/dev/null) + $2)); until [ -e round ] && [ \$(cat round) -ge \$n ]; do sleep 0.1; done; echo rounds"
    expect "$1" rounds
}

# A QEMU to which the guest can migrate.
await_guest() {
    mkfifo "$1.in"
    # shellcheck disable=SC2086 # a list of words
    "$VOLARY_LAUNCHER" qemu --via vhost vm -- -m 256 -nographic -no-reboot -accel $accelerator$common \
        -qmp unix:"$1".qmp,server=on,wait=off -incoming unix:"$1".migration <"$1.in" >"$1.out" 2>&1 &
    eval "pid_$1=$!"
    guests="$guests $1"
    exec 8>"$1.in"
    until [ -S "$1.migration" ]; do
        eval "kill -0 \$pid_$1" || fail "$(cat "$1.out")"
        sleep 0.1
    done
}

# migrate_to NAME BYTES_PER_SECOND
migrate_to() {
    qmp vm.qmp migrate-set-parameters "{\"max-bandwidth\": $2}"
    qmp vm.qmp migrate "{\"uri\": \"unix:$1.migration\"}"
}

await_migration() {
    while true; do
        status=$(qmp vm.qmp query-migrate | jq -r .status)
        case $status in
            "$1") return ;;
            failed | cancelled | completed) fail "the migration is $status instead of $1" ;;
        esac
        sleep 0.2
    done
}

holder_is() {
    volary info vm --json | jq -e --arg pid "pid $(qmp_pid "$1") " '.holder | startswith($pid)' || fail "$(volary info vm)"
}

# The process behind a QMP socket.
qmp_pid() {
    qmp "$1.qmp" --pid
}

all_is_well_on() {
    send "$1" 'echo >stop'
    guest "$1" 'until [ -e ended ]; do sleep 0.1; done; md5sum -c sums new; echo all read'
    expect "$1" 'all read'
    case $answer in *FAILED*) fail "$answer" ;; esac
    guest "$1" 'dmesg | grep -ciE "i/o error|ext4-fs error"'
    expect "$1" 0
    ! grep DAMAGED -A 3 ./*.out || fail "the guest found damage"
    send "$1" 'cd /; sync; mount -o remount,ro /; poweroff -f'
    eval "wait \$pid_$1" || true
    export_root vm after
    e2fsck -f -n after
    ! grep -E 'closing the vhost-user' "$VOLARY_POOL/run/volary.log" || fail "a connection was closed"
}

# The first attempt is cancelled, and the guest goes on where it was; the second one succeeds.
migrates_and_goes_on() {
    await_guest first
    migrate_to first 2000000
    await_rounds vm 2
    await_migration active
    qmp vm.qmp migrate_cancel
    await_migration cancelled
    # A QEMU to which nobody migrates any more ends.
    wait "$pid_first" || true
    await_rounds vm 1
    holder_is vm
    await_guest second
    migrate_to second 80000000
    await_migration completed
    await_rounds second 1
    holder_is second
    qmp vm.qmp quit
    await_rounds second 1
    all_is_well_on second
}

test_a_guest_migrates_while_it_writes() {
    boot_for_migration
    migrates_and_goes_on
}

# The same with the disk inside QEMU: the target opens it for reading only until the source has let go.
test_a_guest_on_openvstorage_migrates() {
    volary qemu-driver
    over_shared_memory() {
        cat >launcher <<END
#!/bin/sh
while [ "\$1" != -- ]; do shift; done
shift
exec "$demo/../volary" qemu-system-x86_64 "\$@" -drive file=openvstorage:vm,if=virtio,cache=none,format=raw
END
        chmod +x launcher
        VOLARY_LAUNCHER=$PWD/launcher
        qemu_options=""
    }
    boot_for_migration
    migrates_and_goes_on
}
