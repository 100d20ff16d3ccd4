# What runs these tests.

test_a_test_that_takes_too_long_leaves_nothing() {
    volary=$(readlink -f "$(command -v volary)")
    mkdir tests
    ln -s "$volary" volary
    cp "${volary%/*}/system-tests/run" "${volary%/*}/system-tests/support" tests
    sed 's/^|//' >tests/slow.sh <<'END'
|test_that_stops_its_daemon() {
|    volary start
|    echo "$VOLARY_POOL" >>"$POOLS"
|    sleep 100
|}
|
|test_that_cannot_be_stopped() {
|    trap '' TERM
|    volary start
|    echo "$VOLARY_POOL" >>"$POOLS"
|    sleep 100
|}
END
    POOLS=$PWD/pools TEST_SECONDS=5 sh tests/run >out
    cat out
    equals "$(grep -c '^FAILED test_that' out)" 2
    equals "$(wc -l <pools)" 2
    for pool in $(cat pools); do
        ! pgrep -f "io.volary.server.Main --pool $pool " || fail "a daemon is left"
    done
}
