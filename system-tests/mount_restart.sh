# The daemon goes, and comes back, under a mount in use.

holders() {
    pgrep -f "volary-mount-holder $PWD/" || true
}

await_no_holder() {
    for _ in $(seq 100); do
        [ -n "$(holders)" ] || return 0
        sleep 0.1
    done
    fail "the holder is there still"
}

test_a_killed_daemon_is_a_pause_for_users_of_the_mount() {
    mounted
    run_python mount_restart.py mnt 5 1
    equals "$(holders | wc -l)" 1
    volary stop
    await_no_holder
    ! grep -q "$PWD/mnt" /proc/mounts || fail "still mounted"
}

test_fio_does_not_notice_that_the_daemon_is_killed() {
    mounted
    truncate -s 64M mnt/v
    fio --name=verify --filename=mnt/v --size=64M --io_size=256M --rate=16M --iodepth=16 --direct=1 --ioengine=libaio \
        --bsrange=512-65536 --blockalign=512 --rw=randwrite --verify=crc32c --verify_fatal=1 --verify_state_save=0 --randseed=7 \
        --do_verify=1 --output=fio.out &
    load=$!
    for _ in 1 2 3; do
        sleep 2
        kill -9 "$(daemon_pid)"
        volary start
    done
    wait $load || fail "fio: $(cat fio.out)"
    grep -q 'err= 0' fio.out
}

test_an_older_kernel_ends_what_was_under_way_with_one_error() {
    export VOLARY_JAVA_OPTIONS=-Dvolary.fuse.neverResend=true
    mounted
    run_python mount_restart.py mnt 4 2 may-abort
}

test_who_waits_for_a_daemon_in_vain_gets_an_error() {
    mounted 2
    truncate -s 1M mnt/v
    kill -9 "$(daemon_pid)"
    status=0
    timeout 30 cat mnt/v >/dev/null 2>cat.err || status=$?
    equals "$status" 1
    await_no_holder
    ! grep -q "$PWD/mnt" /proc/mounts || fail "still mounted"
    grep -q "no daemon has come back in 2 s to serve $PWD/mnt: unmounting it" vpool/run/volary.log
    volary start
    equals "$(stat -c %s mnt/v)" 1048576
    # Without a holder.
    volary stop
    mounted 0
    equals "$(holders)" ""
}

test_a_daemon_can_be_replaced_under_the_mount() {
    mounted
    truncate -s 1M mnt/v
    chmod 640 mnt/v
    exec 8<>mnt/v
    echo first >&8
    volary stop --for-restart
    grep -q "$PWD/mnt" /proc/mounts
    cat mnt/v >read &
    reader=$!
    volary start
    wait $reader
    grep -qa first read
    equals "$(stat -c %a mnt/v)" 640
    # It holds the volume still, though it has not written since.
    volary info v --json | jq -e '.clients[] | select(.writer)'
    echo second >&8
    exec 8>&-
    equals "$(head -c 13 mnt/v)" "first
second"
    # A service manager's signal may come before another start, and unmounts nothing either.
    volary stop
    python3 -c 'import socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("notify")
time.sleep(100)' &
    while [ ! -S notify ]; do sleep 0.1; done
    NOTIFY_SOCKET=$PWD/notify volary serve >serve.out 2>&1 &
    await_words '^ready: .*mounted on' serve.out
    kill -TERM "$(daemon_pid)"
    wait $! || true
    grep -q "$PWD/mnt" /proc/mounts
    mounted
    equals "$(head -c 5 mnt/v)" first
}

test_a_mount_that_is_configured_away_goes_with_the_next_start() {
    mounted
    truncate -s 1M mnt/v
    kill -9 "$(daemon_pid)"
    volary start --mount "$PWD/elsewhere"
    stat elsewhere/v
    kill -9 "$(daemon_pid)"
    echo '{}' >vpool/vpool.json
    volary start
    await_no_holder
    ! grep -q "$PWD/" /proc/mounts || fail "still mounted: $(grep "$PWD/" /proc/mounts)"
}
