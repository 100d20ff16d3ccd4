# The daemon is stopped for a while and killed, under load over NBD, shared memory, the mount and libvolary at once.

. "$(dirname "$(readlink -f "$(command -v volary)")")/system-tests/client.sh"

test_every_export_outlives_stops_and_kills() {
    build_client
    run_python every_export.py "$built/libvolary.so" 5
}
