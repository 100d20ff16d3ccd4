# Direct volumes: raw files of OrangeFS, whose client library is played over a local directory, as volumes.

# A vPool whose OrangeFS is the directory "orangefs".
orangefs_pool() {
    checkout=$(dirname "$(readlink -f "$(command -v volary)")")
    mkdir -p orangefs vpool
    cc -O2 -Wall -Wextra -Werror -shared -fPIC -o libpvfs2.so "$checkout/system-tests/orangefs/libpvfs2.c"
    export VOLARY_PLAYED_ORANGEFS="$PWD/orangefs"
    echo "{\"orangefs\": {\"server\": \"tcp://127.0.0.1:3334\", \"fs\": \"orangefs\", \"library\": \"$PWD/libpvfs2.so\"}${1:-}}" >vpool/vpool.json
}

# The process with the library.
library_pid() {
    pgrep -P "$(daemon_pid)" -f OrangeFsChild
}

test_a_file_of_orangefs_is_a_volume() {
    orangefs_pool
    volary start
    make_image image 1
    volary create v 32M --on orangefs:/images/one.raw
    qemu-img convert -n -f raw -O raw image "$(uri v)"
    qemu-img compare -f raw -F raw image "$(uri v)"
    qemu-io -f raw -c 'write -P 7 1M 64k' -c 'write -z 2M 1M' -c 'write -f -P 8 3M 512' -c flush "$(uri v)"
    volary create w 1M
    equals "$(volary info v --json | jq -c '[.size, .mapped, .exclusive, .stored, .on, .trouble]')" \
        '[33554432,33554432,0,0,"orangefs:/images/one.raw",null]'
    volary info v | grep -q '^on  *orangefs:/images/one.raw$'
    equals "$(volary list --json | jq -r '[.[].name] | join(" ")')" "v w"
    volary export v exported
    volary stop

    volary start
    qemu-img compare -f raw -F raw exported "$(uri v)"
    qemu-io -r -f raw -c 'read -P 7 1M 64k' -c 'read -P 0 2M 1M' -c 'read -P 8 3M 512' "$(uri v)"
    volary resize v 48M
    equals "$(nbdinfo --size "$(uri v)")" 50331648
    qemu-io -f raw -c 'read -P 0 32M 16M' -c 'write -P 9 47M 1M' "$(uri v)"
    volary resize v 40M --shrink
    volary delete v | grep -qF 'orangefs:/images/one.raw stays'
    equals "$(volary list --json | jq -r '.[].name')" w
    volary create again --on orangefs:/images/one.raw
    equals "$(volary info again --json | jq .size)" 41943040
    qemu-io -r -f raw -c 'read -P 7 1M 64k' -c 'read -P 8 3M 512' "$(uri again)"
}

test_what_a_direct_volume_cannot_do_is_said() {
    orangefs_pool
    volary start
    volary create v 1M --on orangefs:/a
    refused 1 "of which there are no snapshots" volary snapshot v@s
    refused 1 "volary import" volary clone v w
    refused 1 "of which there are no snapshots" volary clone v@s w
    refused 1 "no snapshots" volary rollback v@s
    refused 1 "no snapshot s" volary delete v@s
    refused 1 "is volume v already" volary create w --on orangefs:/a
    refused 1 "there is a volume v already" volary create v --on orangefs:/b
    refused 1 "give a size" volary create w --on orangefs:/b
    refused 1 "no place of an image" volary create w 1M --on orangefs:a
    refused 1 "no section s3" volary create w 1M --on s3:/a
    refused 2 "multiple of 512" volary create w 1000 --on orangefs:/b
    refused 2 "SIZE" volary create w
    volary delete v
    refused 1 "it is there with 1048576 bytes" volary create w 2M --on orangefs:/a
    volary create w 1M --on orangefs:/a
}

test_a_direct_volume_waits_for_its_server() {
    orangefs_pool
    volary start
    volary create v 16M --on orangefs:/a
    qemu-io -f raw -c 'write -P 1 0 16M' -c flush "$(uri v)"
    volary stop

    touch orangefs/down
    volary start
    equals "$(volary info v --json | jq .size)" 16777216
    for _ in $(seq 100); do
        [ "$(volary info v --json | jq .trouble)" = null ] || break
        sleep 0.1
    done
    volary info v | grep -q '^trouble .*refused'
    volary list | grep -q 'volume v cannot be used now: .*refused'
    qemu-io -f raw -c 'write -P 2 1M 1M' "$(uri v)" &
    writer=$!
    sleep 2
    kill -0 $writer
    rm orangefs/down
    wait $writer
    equals "$(volary info v --json | jq .trouble)" null
    qemu-io -r -f raw -c 'read -P 1 0 1M' -c 'read -P 2 1M 1M' -c 'read -P 1 2M 14M' "$(uri v)"
}

test_a_direct_volume_outlives_the_librarys_process() {
    orangefs_pool
    volary start
    volary create v 64M --on orangefs:/a
    fio --name=load --ioengine=nbd --uri="$(uri v)" --rw=randrw --bs=16k --iodepth=8 --size=64M --io_size=200M \
        --verify=crc32c --time_based=0 --fsync=50 >fio.out 2>&1 &
    load=$!
    for _ in 1 2 3 4; do
        sleep 1
        kill -9 "$(library_pid)" || true
    done
    wait $load || fail "$(cat fio.out)"
    equals "$(volary info v --json | jq .trouble)" null
}

test_a_direct_volume_is_reached_by_every_export() {
    orangefs_pool ", \"filesystem\": {\"mountpoint\": \"$PWD/mnt\"}"
    volary start
    make_image image 2
    volary create v 32M --on orangefs:/a
    dd if=image of=mnt/v bs=1M conv=notrunc,fsync
    cmp image mnt/v
    qemu-img compare -f raw -F raw image "$(uri v)"
    volary qemu-driver
    volary qemu-io -f raw -c 'write -P 5 1M 300k' -c 'write -z 5M 3M' -c flush openvstorage:v
    volary qemu-io -r -f raw -c 'read -P 5 1M 300k' -c 'read -P 0 5M 3M' openvstorage:v
    qemu-io -r -f raw -c 'read -P 5 1M 300k' -c 'read -P 0 5M 3M' "$(uri v)"
    truncate -s 40000000 mnt/v
    equals "$(volary info v --json | jq .size)" 40000000
    printf x >>mnt/v
    equals "$(tail -c 1 mnt/v)" x
    mv mnt/v mnt/w
    equals "$(volary info w --json | jq -r .on)" orangefs:/a
    rm mnt/w
    equals "$(volary list --json | jq length)" 0
    volary create v --on orangefs:/a
    equals "$(stat -c %s mnt/v)" 40000001
}

test_the_network_makes_no_direct_volumes() {
    port=$(free_port)
    orangefs_pool ", \"filesystem\": {\"fs_enable_network_interface\": true}, \"network_interface\": {\"network_uri\": \"tcp://127.0.0.1:$port\"}"
    volary start
    curl -s "http://127.0.0.1:$port/v1/volumes" -d '{"name": "v", "size": 1048576, "on": "orangefs:/a"}' | grep -q 'over the network'
    equals "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$port/v1/images" -d '{"on": "orangefs:/a", "size": 512}')" 404
    equals "$(volary list --json | jq length)" 0
}

test_a_vpool_without_its_orangefs_opens() {
    orangefs_pool
    volary start
    volary create v 1M --on orangefs:/a
    volary create w 1M
    volary stop
    echo '{}' >vpool/vpool.json
    volary start
    equals "$(volary list --json | jq -r '.[].name')" w
    refused 1 "no section orangefs" volary info v
    volary stop
    orangefs_pool
    volary start
    equals "$(volary info v --json | jq .size)" 1048576
}

test_qemus_programs_know_orangefs() {
    orangefs_pool
    volary qemu-driver
    volary start
    make_image image 3
    volary qemu-img create orangefs:/images/one.raw 32M
    volary qemu-img info orangefs:/images/one.raw | grep -q 'virtual size: 32 MiB'
    equals "$(volary list --json | jq -c '[.[] | [.name, .size, .on]]')" '[["one.raw",33554432,"orangefs:/images/one.raw"]]'
    volary qemu-io -f raw -c 'write -P 7 0 32M' orangefs:/images/one.raw
    volary qemu-img convert -f raw -O raw image orangefs:/images/one.raw
    volary qemu-img compare -f raw -F raw image orangefs:/images/one.raw
    volary qemu-img compare --image-opts driver=raw,file.driver=orangefs,file.path=/images/one.raw driver=raw,file.filename=image
    volary qemu-img convert -f raw -O qcow2 orangefs:/images/one.raw orangefs:/images/two.qcow2
    volary qemu-img compare -f raw -F qcow2 image orangefs:/images/two.qcow2
    equals "$(volary list --json | jq length)" 2
    volary delete one.raw
    volary qemu-img compare -f raw -F raw image orangefs:/images/one.raw
    refused 1 "it is volume one.raw" volary qemu-img create -q orangefs:/images/one.raw 64M
    refused 1 "no place of an image" volary qemu-img create -q orangefs:none 1M
    ! volary qemu-img snapshot -c s orangefs:/images/one.raw 2>snapshot.err
    grep -q 'not supported' snapshot.err
    volary qemu-io -f raw -c 'sleep 5000' orangefs:/images/one.raw &
    holder=$!
    for _ in $(seq 100); do
        [ "$(volary info one.raw --json | jq -r .holder)" = null ] || break
        sleep 0.1
    done
    refused 1 "pid $holder" volary qemu-io -f raw -c 'write 0 512' orangefs:/images/one.raw
}
