# The demo, as a user runs it.

test_demo() {
    volary demo >demo.out 2>&1 || { cat demo.out; exit 1; }
    tail -1 demo.out | grep -q 'has shown what it should'
    [ -z "$(ls -d /tmp/volary-demo.* 2>/dev/null)" ] || fail "the demo has left something: $(ls -d /tmp/volary-demo.*)"
}
