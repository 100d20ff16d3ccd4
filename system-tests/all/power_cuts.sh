# Hundreds of power cuts, with file systems of all kinds above and below.

. "$(dirname "$FILE")/../power_cuts.sh"

test_power_cuts_long_1() {
    use_a_disk_of_our_own
    run_python power_cuts.py raw 100
}

test_power_cuts_long_2() {
    use_a_disk_of_our_own
    run_python power_cuts.py raw 100
}

test_power_cuts_of_xfs() {
    use_a_disk_of_our_own
    run_python power_cuts.py raw 40 xfs
}

test_power_cuts_of_btrfs() {
    use_a_disk_of_our_own
    run_python power_cuts.py raw 40 btrfs
}

test_power_cuts_under_ext4_long() {
    use_a_disk_of_our_own
    run_python power_cuts.py ext4 40
}

test_power_cuts_under_xfs() {
    use_a_disk_of_our_own
    run_python power_cuts.py xfs 40
}

test_power_cuts_under_btrfs() {
    use_a_disk_of_our_own
    run_python power_cuts.py btrfs 40
}
