# All of QEMU's own tests, over each of our ways. docs/clients/qemu-iotests.md lists them, and says why some fail.

# complete WAY FAILURES OPTIONS...: those in FAILURES have to fail, all others not.
complete() {
    checkout=$(dirname "$(readlink -f "$(command -v volary)")")
    way=$1
    failures=$2
    shift 2
    "$checkout/system-tests/qemu-iotests" --over "$way" "$@" >iotests.out 2>&1 || true
    "$checkout/system-tests/qemu-iotests-report" "$way" iotests.out
    equals "$(sed -n 's/^Failures: //p' iotests.out)" "$failures"
}

test_all_qemu_iotests_over_openvstorage() {
    volary qemu-driver
    volary start
    complete openvstorage "307"
}

test_all_qemu_iotests_over_nbd() {
    volary start
    complete nbd "307"
}

mounted_for_iotests() {
    mkdir vpool
    echo "{\"filesystem\": {\"mountpoint\": \"$PWD/mnt\"}}" >vpool/vpool.json
    volary start
}

test_all_qemu_iotests_on_the_mount() {
    mounted_for_iotests
    complete mount "106 175 221 226 233 253 307" -x long
}

test_all_long_qemu_iotests_on_the_mount() {
    mounted_for_iotests
    complete mount "308" -g long
}

# -blockdev and qemu-storage-daemon know the drivers that QEMU was built with.
test_a_built_qemu_knows_the_driver() {
    built=$(dirname "$(readlink -f "$(command -v volary)")")/system-tests/qemu-built
    "$built"
    volary start
    make_image image 12
    "$built" qemu-img convert -f raw -O raw image openvstorage:v
    "$built" qemu-img compare --image-opts driver=file,filename=image driver=openvstorage,volume=v
    "$built" qemu-storage-daemon --blockdev driver=openvstorage,node-name=disk,volume=v,pool="$VOLARY_POOL" \
        --nbd-server addr.type=unix,addr.path="$PWD/nbd" --export type=nbd,id=e,node-name=disk,name=disk,writable=on \
        --chardev socket,id=c,path="$PWD/qmp",server=on,wait=off --monitor chardev=c >daemon.out 2>&1 &
    for _ in $(seq 100); do [ ! -S nbd ] || break; sleep 0.1; done
    qemu-img compare -f raw -F raw image "nbd+unix:///disk?socket=$PWD/nbd"
    qemu-io -f raw -c 'write -P 9 1M 1M' -c 'discard 4M 1M' -c flush "nbd+unix:///disk?socket=$PWD/nbd"
    ! volary qemu-io -f raw -c 'write 0 512' "$(uri v)" || fail "a second one writes"
    qmp() { python3 "$(dirname "$built")/python/qmp.py" qmp "$@"; }
    qmp blockdev-add "{\"driver\": \"volary\", \"node-name\": \"reader\", \"volume\": \"v\", \"pool\": \"$VOLARY_POOL\", \"read-only\": true}"
    qmp query-named-block-nodes | jq -e 'any(.[]; .["node-name"] == "reader" and .drv == "volary")'
    kill $!
    wait $! || true
    nbdcopy "$(uri v)" copy
    qemu-io -f raw -c 'read -P 9 1M 1M' copy | grep -q '^read 1048576'
}
