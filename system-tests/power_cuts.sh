# Power cuts under a vPool, on a disk of our own. A failure prints its seed, which fixes what is asked for and where it is cut, not
# how threads interleave.

use_a_disk_of_our_own() {
    . "$(dirname "$(readlink -f "$(command -v volary)")")/demo/packages.sh"
    PATH=$PATH:/usr/sbin:/sbin
    ensure_packages nbdkit nbdkit-plugin-python libnbd-bin python3-libnbd qemu-system-common qemu-utils e2fsprogs xfsprogs btrfs-progs
}

test_power_cuts_lose_nothing_that_was_flushed() {
    use_a_disk_of_our_own
    run_python power_cuts.py raw 10
}

test_power_cuts_under_ext4() {
    use_a_disk_of_our_own
    run_python power_cuts.py ext4 5
}
