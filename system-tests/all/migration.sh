# The same for a packed ring.

. "$(dirname "$(readlink -f "$(command -v volary)")")/system-tests/migration.sh"

test_a_guest_with_a_packed_ring_migrates_while_it_writes() {
    boot_for_migration "-global vhost-user-blk-pci.packed=on"
    migrates_and_goes_on
}
