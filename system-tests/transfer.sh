# Import and export.

test_raw_round_trip() {
    make_image image 1
    volary start
    volary import image v
    volary export v copy
    cmp image copy
    [ "$(du -k copy | cut -f1)" -le $(($(du -k image | cut -f1) + 1024)) ] || fail "the copy is not sparse"
    volary export v - | cmp image -
    volary import - w <image
    equals "$(volary info w --json | jq .size)" "$(stat -c %s image)"
    volary export w - | cmp image -
}

test_paths_with_spaces() {
    VOLARY_POOL="$PWD/a pool, 100%"
    make_image 'an image' 3
    qemu-img convert -f raw -O qcow2 'an image' 'an image.qcow2'
    volary start
    volary import 'an image.qcow2' v
    volary export v 'a copy'
    cmp 'an image' 'a copy'
    volary export v 'a copy.qcow2' --format qcow2
    qemu-img compare 'an image' 'a copy.qcow2'
    equals "$(nbdinfo --size "$(volary info v --json | jq -r '.exports[] | select(.type == "nbd").address')")" 33554432
    eval "set -- $(volary qemu v --via nbd)"
    [ "$1" = -blockdev ] && [ $# -eq 4 ]
    for via in nbd vhost; do
        echo quit | timeout 60 volary qemu v --via $via -- -machine q35 -display none -monitor stdio -S | grep -q QEMU
    done
}

test_holes_of_an_image_are_not_read() {
    # Reading it would take far longer than a test may.
    truncate -s 15T image
    printf 'in the middle' | dd of=image bs=1M seek=1048576 conv=notrunc status=none
    printf 'at the end' >>image
    volary start
    volary import image v
    equals "$(volary info v --json | jq .size)" $(((15 << 40) + 512))
    nbdsh -u "$(uri v)" -c '
assert h.pread(512, 1 << 40) == b"in the middle".ljust(512, bytes(1))
assert h.pread(512, 15 << 40) == b"at the end".ljust(512, bytes(1))'
    volary export v copy
    cmp -n 4096 -i $((1 << 40)) image copy
    tail -c 512 copy | grep -q 'at the end'
}

test_odd_length_is_padded_with_zeroes() {
    head -c 1000001 /dev/urandom >image
    volary start
    volary import image v
    equals "$(volary info v --json | jq .size)" 1000448
    volary export v - | head -c 1000001 | cmp image -
}

test_other_formats() {
    make_image image 2
    volary start
    for format in qcow2 vmdk vdi vhdx; do
        qemu-img convert -f raw -O $format image "image.$format"
        volary import "image.$format" "$format"
        volary export $format - | cmp image -
    done
    volary export qcow2 out.qcow2 --format qcow2
    qemu-img compare -f raw -F qcow2 image out.qcow2
}

test_images_that_draw_on_other_files_are_refused() {
    make_image image 3
    qemu-img create -q -f qcow2 -b "$PWD/image" -F raw overlay.qcow2
    volary start
    refused 1 "flatten" volary import overlay.qcow2 v
    equals "$(volary list --json)" "[ ]"
}

test_snapshot_export_while_the_volume_changes() {
    make_image image 4
    volary start
    volary import image v
    volary snapshot v@s
    (timeout 20 nbdsh -u "$(uri v)" -c '
offset = 0
while True:
    h.pwrite(b"x" * 65536, offset % (32 << 20))
    offset += 65536' >/dev/null 2>&1 || true) &
    volary export v@s copy
    kill $! || true
    cmp image copy
}

test_existing_files_stay() {
    volary start
    volary create v 1M
    echo mine >file
    refused 1 "--force" volary export v file
    equals "$(cat file)" mine
    volary export v file --force
    equals "$(stat -c %s file)" 1048576
    refused 1 "no directory" volary export v nowhere/file
    equals "$(ls -A | grep -c part)" 0
}

test_broken_sources_leave_nothing() {
    volary start
    refused 1 "no file" volary import nope v
    refused 1 "cannot be read" volary import . v
    : >empty
    refused 1 "0 bytes" volary import empty v
    refused 1 "is empty" volary import - v </dev/null
    head -c 100000 /dev/urandom >rubbish
    { printf 'QFI\373'; cat rubbish; } >broken.qcow2
    refused 1 "qemu-img" volary import broken.qcow2 v
    volary create v 1M
    refused 1 "volume v " volary import rubbish v
}

test_killed_importer_leaves_nothing() {
    volary start
    for signal in INT TERM KILL; do
        mkfifo "pipe.$signal"
        with_interrupts volary import - v <"pipe.$signal" >import.out 2>&1 &
        importer=$!
        exec 9>"pipe.$signal"
        head -c 3000000 /dev/urandom >&9
        for _ in $(seq 100); do volary create v 1M 2>/dev/null || break; volary delete v; sleep 0.05; done
        refused 1 "v" volary create v 1M
        equals "$(volary list --json)" "[ ]"
        kill -$signal $importer
        ! wait $importer || fail "the import has not been interrupted"
        exec 9>&-
        for _ in $(seq 100); do ! volary create v 1M 2>/dev/null || break; sleep 0.1; done
        volary delete v
    done
}

test_daemon_killed_during_import() {
    volary start
    mkfifo pipe
    volary import - v <pipe >import.out 2>&1 &
    importer=$!
    exec 9>pipe
    head -c 3000000 /dev/urandom >&9
    sleep 1
    kill -9 "$(daemon_pid)"
    head -c 30000000 /dev/urandom >&9 2>/dev/null || true
    exec 9>&-
    ! wait $importer || fail "the import says it is done"
    grep -q "import of standard input failed" import.out
    volary start
    equals "$(volary list --json)" "[ ]"
    volary create v 1M
}

test_full_disk_ends_an_import_and_nothing_else() {
    # A user may mount in a namespace of its own.
    unshare $([ "$(id -u)" = 0 ] || echo -r) -m sh -euc '. "$SUPPORT"; . "$FILE"; fill_disk'
}

fill_disk() {
    mkdir vpool
    mount -t tmpfs -o size=256M,mode=700 tmpfs vpool
    trap finish EXIT
    volary start
    head -c 300M /dev/urandom >large
    head -c 5M large >small
    volary import small v
    refused 1 "no space left" volary import large w
    equals "$(volary list --json | jq -r '.[].name')" v
    volary export v - | cmp small -
    volary delete v
    volary import small w
    volary stop
}
