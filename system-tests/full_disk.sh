# A vPool on a file system of its own, which is full.

test_full_disk() {
    run_python full_disk.py
}
