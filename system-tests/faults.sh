# A disk under the vPool that fails under load. A failure prints its seed.

. "$(dirname "$(readlink -f "$(command -v volary)")")/system-tests/power_cuts.sh"

test_failing_writes_below() {
    use_a_disk_of_our_own
    run_python faults.py writes nbd
}

test_a_failing_disk_below_a_guest() {
    use_a_disk_of_our_own
    run_python faults.py all vhost
}

test_a_disk_that_forgets_what_it_could_not_flush() {
    use_a_disk_of_our_own
    run_python faults.py forgotten nbd
}

test_a_disk_that_forgets_when_others_flush() {
    use_a_disk_of_our_own
    run_python faults.py forgotten-once nbd
}

test_failing_reads_below() {
    use_a_disk_of_our_own
    run_python faults.py reads nbd
}

test_a_full_ext4_below() {
    use_a_disk_of_our_own
    run_python full_disk.py ext4
}
