# A vPool on a file system of its own, which is full.

test_full_disk() {
    run_python full_disk.py
}

test_full_disk_over_shared_memory() {
    run_python held.py
}
