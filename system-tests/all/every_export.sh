# A hundred rounds of SIGSTOP and kill -9, in parts that each fit a test's time.

. "$(dirname "$FILE")/../every_export.sh"

test_every_export_outlives_stops_and_kills_long_1() {
    build_client
    run_python every_export.py "$built/libvolary.so" 25
}

test_every_export_outlives_stops_and_kills_long_2() {
    build_client
    run_python every_export.py "$built/libvolary.so" 25
}

test_every_export_outlives_stops_and_kills_long_3() {
    build_client
    run_python every_export.py "$built/libvolary.so" 25
}

test_every_export_outlives_stops_and_kills_long_4() {
    build_client
    run_python every_export.py "$built/libvolary.so" 25
}
