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
    complete openvstorage "@OVS@"
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
