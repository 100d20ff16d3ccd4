# kill -9 and SIGTERM in the middle of everything. A failure prints its seed: run python/crash.py with it again.

test_kill_9_loses_nothing() {
    run_python crash.py 10
}

test_kill_9_loses_nothing_without_io_uring() {
    run_python crash.py 3 plain
}

test_sigterm_under_load_loses_nothing() {
    run_python stop.py 4 auto
}

test_denied_io_uring() {
    run_python stop.py 2 denied
}
