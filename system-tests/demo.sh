# The demo, as a user runs it.

test_demo() {
    volary demo >demo.out 2>&1 || { cat demo.out; exit 1; }
    tail -1 demo.out | grep -q 'has shown what it should'
    [ -z "$(ls -d /tmp/volary-demo.* 2>/dev/null)" ] || fail "the demo has left something: $(ls -d /tmp/volary-demo.*)"
}

test_demo_names_missing_packages_in_one_line() {
    mkdir fake
    printf '#!/bin/sh\nexit 1\n' >fake/dpkg-query
    printf '#!/bin/sh\necho 1000\n' >fake/id
    chmod +x fake/*
    PATH=$PWD/fake:$PATH refused 1 "missing; install them first: sudo apt-get install qemu-system-x86" volary demo
}
