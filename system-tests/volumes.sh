# Volumes, snapshots and clones through the command line.

write() {
    nbdsh -u "$(uri "$1")" -c "h.pwrite(b'$2' * 4096, 0); h.flush()"
}

reads() {
    nbdsh -u "$(uri "$1")" -c "assert h.pread(4096, 0) == b'$2' * 4096, h.pread(1, 0)"
}

test_snapshot_clone_rollback() {
    volary start
    volary create v 100M
    write v a
    volary snapshot v@one
    write v b
    volary clone v@one w
    volary clone v x
    reads w a
    reads x b
    reads v@one a
    write w c
    reads v b
    reads v@one a
    volary rollback v@one
    reads v a
    equals "$(volary snapshots v --json | jq -r '.[].name')" one
    equals "$(volary info w --json | jq -r .parent)" v@one
    equals "$(volary info x --json | jq -r .parent)" v
    refused 1 "--snapshots" volary delete v
    volary delete v --snapshots
    reads w c
    reads x b
    volary delete w
    volary delete x
    equals "$(volary list --json | jq length)" 0
}

test_json_has_the_promised_fields() {
    volary start
    volary create v 64T
    volary snapshot v@s
    equals "$(volary list --json | jq -r '.[0] | keys_unsorted | join(" ")')" \
        "name size mapped exclusive stored parent snapshots holder clients exports"
    equals "$(volary info v --json | jq .size)" 70368744177664
    equals "$(volary info v --json | jq -r '.exports[] | .type + " " + .address')" \
        "vhost-user-blk $VOLARY_POOL/run/vhost/v.sock
nbd $(uri v)"
    equals "$(volary snapshots v --json | jq -r '.[0] | keys_unsorted | join(" ")')" "name created size exclusive"
    volary snapshots v --json | jq -e '.[0].created | test("^[0-9-]+T[0-9:.]+Z$")'
    equals "$(nbdinfo --json --list "$(uri '')" | jq -r '[.exports[]."export-name"] | join(" ")')" "v v@s"
}

test_refusals_say_which_and_why() {
    volary start
    volary create v 10M
    refused 1 "volume v " volary create v 10M
    refused 1 "nope" volary info nope
    refused 1 "nope" volary snapshot nope@s
    refused 1 "s" volary rollback v@s
    volary snapshot v@s
    refused 1 "s" volary snapshot v@s
    refused 1 "nope" volary clone nope w
    refused 1 "--shrink" volary resize v 5M
}

test_resize() {
    volary start
    volary create v 10M
    volary resize v 20M
    equals "$(nbdinfo --size "$(uri v)")" 20971520
    volary resize v 5M --shrink
    equals "$(nbdinfo --size "$(uri v)")" 5242880
}

test_holder_keeps_others_out() {
    volary start
    volary create v 10M
    volary snapshot v@s
    nbdsh -u "$(uri v)" -c '
import time
h.pwrite(b"x" * 512, 0)
open("holding", "w")
time.sleep(30)' &
    for _ in $(seq 100); do [ ! -e holding ] || break; sleep 0.1; done
    volary info v --json | jq -e '.holder != null and (.clients | length) == 1 and .clients[0].writer'
    refused 1 "holds it" volary delete v --snapshots
    refused 1 "holds it" volary rollback v@s
    refused 1 "holds it" volary resize v 5M --shrink
    volary snapshot v@t
    volary clone v w
    kill $!
    wait $! || true
    for _ in $(seq 50); do volary info v --json | jq -e '.holder == null' && break; sleep 0.1; done
    volary rollback v@s
    volary delete v --snapshots
}

test_readers_do_not_stand_in_the_way_of_delete() {
    volary start
    volary create v 10M
    nbdsh -u "$(uri v)" -c 'h.pwrite(b"x" * 512, 0)'
    volary snapshot v@s
    volary snapshot v@t
    volary clone v@s w
    for export in v v@s v@t w; do
        EXPORT=$export nbdsh -u "$(uri "$export")" -c '
import os, time
name = os.environ["EXPORT"]
open("reading-" + name, "w")
try:
    while not os.path.exists("enough"):
        assert h.pread(512, 0) == b"x" * 512
        time.sleep(0.05)
    open("kept-" + name, "w")
except nbd.Error:
    open("lost-" + name, "w")' &
    done
    for export in v v@s v@t w; do
        for _ in $(seq 100); do [ ! -e "reading-$export" ] || break; sleep 0.1; done
    done
    equals "$(volary info v --json | jq '.clients | length')" 3
    refused 1 "is attached to it" volary resize v 5M --shrink
    volary delete v@s
    for _ in $(seq 50); do [ ! -e lost-v@s ] || break; sleep 0.1; done
    [ -e lost-v@s ] || fail "v@s is still read"
    equals "$(volary info v --json | jq '.clients | length')" 2
    volary delete v --snapshots
    for _ in $(seq 50); do [ ! -e lost-v ] || [ ! -e lost-v@t ] || break; sleep 0.1; done
    [ -e lost-v ] && [ -e lost-v@t ] || fail "v is still read"
    refused 1 "no volume v" volary info v
    touch enough
    wait
    [ -e kept-w ] || fail "the reader of the clone has lost it"
    ls lost-*
}

test_qemu_arguments_work() {
    volary start
    volary create v 10M
    volary qemu v --via nbd | grep -q 'reconnect-delay='
    # QEMU has opened the disk once its monitor answers.
    echo quit | timeout 60 volary qemu v --via nbd -- -machine q35 -display none -monitor stdio -S | grep -q QEMU
    volary snapshot v@s
    echo 'info block' | timeout 60 volary qemu v@s --via nbd -- -machine q35 -display none -monitor stdio -S >monitor &
    for _ in $(seq 100); do ! grep -q 'read-only' monitor || break; sleep 0.1; done
    kill $! || true
    grep -q 'read-only' monitor
}
