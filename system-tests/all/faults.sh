# The rest of the faults of a disk, over the rest of the exports.

. "$(dirname "$FILE")/../faults.sh"

test_failing_flushes_below() {
    use_a_disk_of_our_own
    run_python faults.py flushes nbd
}

test_failing_writes_below_a_guest() {
    use_a_disk_of_our_own
    run_python faults.py writes vhost
}

test_failing_flushes_below_a_guest() {
    use_a_disk_of_our_own
    run_python faults.py flushes vhost
}

test_a_failing_disk_below() {
    use_a_disk_of_our_own
    run_python faults.py all nbd
}

test_a_disk_below_a_guest_that_forgets() {
    use_a_disk_of_our_own
    run_python faults.py forgotten vhost
}

test_a_disk_that_forgets_when_another_volume_is_made() {
    use_a_disk_of_our_own
    run_python faults.py forgotten-by-another nbd
    run_python faults.py forgotten-by-another vhost
}

test_failing_reads_below_a_guest() {
    use_a_disk_of_our_own
    run_python faults.py reads vhost
}

test_writes_that_a_disk_only_claims_to_do() {
    use_a_disk_of_our_own
    run_python faults.py dropped nbd
}

test_a_slow_disk_below() {
    use_a_disk_of_our_own
    run_python faults.py slow nbd
    run_python faults.py slow vhost
}
