# The same for a packed ring, and with the daemon killed while a guest migrates.

. "$(dirname "$(readlink -f "$(command -v volary)")")/system-tests/migration.sh"

test_a_guest_with_a_packed_ring_migrates_while_it_writes() {
    boot_for_migration "-global vhost-user-blk-pci.packed=on"
    migrates_and_goes_on
}

kill_the_daemon() {
    sleep 0.5
    await_migration active
    kill -9 "$(daemon_pid)"
    volary start
}

test_a_guest_migrates_while_the_daemon_is_killed() {
    boot_for_migration
    migrates_and_goes_on kill_the_daemon
}
