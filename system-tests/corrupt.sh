# Damaged bytes in a vPool: what they belong to fails and is named, all else works.

test_rotten_data_block() {
    run_python corrupt.py data
}

test_rotten_log_record() {
    run_python corrupt.py log
}

test_rotten_record_header() {
    run_python corrupt.py log-header
}

test_rotten_map_node() {
    run_python corrupt.py map
}

test_rotten_map_node_that_is_written_to() {
    run_python corrupt.py map-written
}

test_rotten_map() {
    run_python corrupt.py all-maps
}

test_rotten_manifest() {
    run_python corrupt.py manifest
}

test_newer_format_version() {
    run_python corrupt.py version
}

test_half_made_volume_leaves_nothing() {
    run_python corrupt.py half-made
}

test_damaged_volume_keeps_its_name() {
    run_python corrupt.py taken-name
}
