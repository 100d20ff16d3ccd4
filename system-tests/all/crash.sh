# 200 rounds of kill -9, in parts that each fit a test's time.

test_kill_9_long_1() {
    run_python crash.py 25
}

test_kill_9_long_2() {
    run_python crash.py 25
}

test_kill_9_long_3() {
    run_python crash.py 25
}

test_kill_9_long_4() {
    run_python crash.py 25
}

test_kill_9_long_5() {
    run_python crash.py 25
}

test_kill_9_long_6() {
    run_python crash.py 25
}

test_kill_9_long_7() {
    run_python crash.py 25
}

test_kill_9_long_8() {
    run_python crash.py 25
}
