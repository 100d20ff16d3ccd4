# Clients over shared memory that only Debian 13 has: libblkio, and QEMU 10 with its own client and its guests.

. "$(dirname "$FILE")/../guest.sh"

# load SECTORS OPTION...: a verified load, which has to have looked at so many sectors at least.
load() {
    least=$1
    shift
    "$debian13" blkload --verify "$@" >load.json || fail "blkload $*: $(cat load.json)"
    cat load.json
    jq -e --argjson least "$least" '.wrong == 0 and .checked >= $least' load.json
}

test_libblkio_reads_what_it_wrote() {
    volary start
    volary create v 256M
    load 50000 --reads 0 --depth 16 --bytes 64000000 "$(socket_of v)"
    load 5000 --reads 50 --depth 16 --queues 3 --block 512 --bytes 8000000 "$(socket_of v)"
    load 50000 --reads 40 --depth 8 --queues 2 --block 65536 --sync --bytes 64000000 "$(socket_of v)"
    load 50000 --reads 0 --depth 3 --block 2097152 --sequential --bytes 128000000 "$(socket_of v)"
    load 50000 --reads 30 --depth 8 --block 20480 --queues 2 --bytes 64000000 "$(uri v)"
}

test_libblkio_reads_what_it_wrote_while_snapshots_are_taken() {
    volary start
    volary create v 64M
    for i in $(seq 8); do
        sleep 0.7
        volary snapshot "v@$i"
        volary clone "v@$i" "c$i"
        volary delete "c$i"
        volary delete "v@$i"
    done &
    snapshots=$!
    load 200000 --reads 30 --depth 32 --queues 2 --seconds 10 "$(socket_of v)"
    wait $snapshots
}

test_a_client_that_dies_gives_the_volume_free() {
    volary start
    volary create v 64M
    "$debian13" blkload --reads 0 --depth 32 --seconds 60 "$(socket_of v)" &
    client=$!
    for _ in $(seq 100); do ! volary info v --json | jq -e .holder || break; sleep 0.1; done
    sleep 0.5
    kill -9 $client
    wait $client || true
    load 10000 --reads 0 --depth 16 --bytes 16000000 "$(socket_of v)"
    equals "$(volary info v --json | jq '.clients | length')" 0
}

test_qemu_img_over_shared_memory() {
    make_image image 31
    volary start
    volary create v 32M
    shared="driver=virtio-blk-vhost-user,path=$(socket_of v),cache.direct=on"
    "$debian13" qemu-img convert -n -f raw --target-image-opts image "$shared"
    "$debian13" qemu-img compare --image-opts driver=raw,file.driver=file,file.filename=image "$shared"
    volary export v copy
    cmp image copy
    "$debian13" qemu-img convert --image-opts "$shared" -O qcow2 copy.qcow2
    "$debian13" qemu-img compare -f raw -F qcow2 image copy.qcow2
    "$debian13" qemu-img bench --image-opts "$shared" -w -c 4000 -d 32 -s 4096 --flush-interval=500
    "$debian13" qemu-img bench --image-opts "$shared" -c 4000 -d 32 -s 4096
}

test_qemu_io_over_shared_memory() {
    volary start
    volary create v 16M
    shared="driver=virtio-blk-vhost-user,path=$(socket_of v),cache.direct=on"
    "$debian13" qemu-io --image-opts "$shared" \
        -c 'write -P 0x11 0 1M' -c 'write -P 0x22 512 512' -c 'write -f -P 0x33 1M 65536' -c 'write -z 64k 64k' \
        -c 'write -z -u 128k 64k' -c 'discard 256k 64k' -c 'aio_write -P 0x44 2M 1M' -c 'aio_write -P 0x55 4M 1M' \
        -c aio_flush -c flush >qemu-io.out
    "$debian13" qemu-io -r --image-opts "$shared" \
        -c 'read -P 0x11 0 512' -c 'read -P 0x22 512 512' -c 'read -P 0x11 1024 64512' -c 'read -P 0 64k 128k' \
        -c 'read -P 0x11 192k 64k' -c 'read -P 0 256k 64k' -c 'read -P 0x11 320k 704k' -c 'read -P 0x33 1M 65536' \
        -c 'read -P 0x44 2M 1M' -c 'read -P 0x55 4M 1M' -c 'read -P 0 8M 8M' >>qemu-io.out
    ! grep -iE 'fail|error|invalid' qemu-io.out || fail "qemu-io found something else"
    equals "$(grep -c '^read ' qemu-io.out)" 11
}

# `volary qemu` runs what the path says.
use_qemu_10() {
    use_the_demos_guest
    mkdir bin
    printf '#!/bin/sh\nexec %s qemu-system-x86_64 "$@"\n' "$debian13" >bin/qemu-system-x86_64
    chmod +x bin/qemu-system-x86_64
    PATH=$PWD/bin:$PATH
    qemu-system-x86_64 --version | grep 'version 1[0-9]'
}

test_a_guest_of_qemu_10_survives_the_daemon_over_shared_memory() {
    use_qemu_10
    over_shared_memory
    file_system_survives_the_daemon
}

test_a_guest_of_qemu_10_survives_the_daemon_over_packed_rings() {
    use_qemu_10
    over_shared_memory "-global vhost-user-blk-pci.packed=on -global vhost-user-blk-pci.num-queues=2 -smp 2"
    file_system_survives_the_daemon
}

# The distribution's QEMU 10 with our driver. Of its raw and generic tests those that need neither files nor other programs.
use_the_driver_for_qemu_10() {
    checkout=$(dirname "$(readlink -f "$(command -v volary)")")
    VOLARY_QEMU_ROOT=$("$debian13" --tree)
    export VOLARY_QEMU_ROOT
    "$checkout/qemu/build-module"
    volary start
}

test_qemu_10_iotests() {
    use_the_driver_for_qemu_10
    "$checkout/system-tests/qemu-iotests" 001 002 003 004 008 009 010 011 021 032 033 077 104 143 145 181 197 215 >iotests.out 2>&1 ||
        fail "$(cat iotests.out)"
    grep -q '^Passed all 18 iotests' iotests.out || fail "$(cat iotests.out)"
}

test_qemu_10_converts_resizes_and_has_snapshots() {
    use_the_driver_for_qemu_10
    make_image image 9
    img() { "$checkout/qemu/run" "$debian13" qemu-img "$@"; }
    img convert -f raw -O raw image openvstorage:v
    img snapshot -c s openvstorage:v
    img resize -f raw openvstorage:v 64M
    "$checkout/qemu/run" "$debian13" qemu-io -f raw -c 'write -P 7 33M 1M' -c 'discard 0 1M' openvstorage:v
    img compare -f raw -F raw image openvstorage:v@s
    img snapshot -a s openvstorage:v
    img compare -f raw -F raw image openvstorage:v
    img create -q -f qcow2 -b openvstorage:v -F raw openvstorage:overlay 32M
    img compare -f raw -F qcow2 image openvstorage:overlay
}
