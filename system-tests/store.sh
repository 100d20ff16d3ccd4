# A vPool whose segments are on an S3 store.

test_s3_machine_is_lost() {
    run_python store.py lost
}

test_s3_second_daemon_takes_over() {
    run_python store.py fenced
}

test_s3_store_is_away() {
    run_python store.py away
}

test_s3_cache_is_small() {
    run_python store.py small
}
