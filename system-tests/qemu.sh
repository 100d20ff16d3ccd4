# The distribution's own QEMU, which gets openvstorage:VOLUME by a preloaded driver.

use_the_driver() {
    checkout=$(dirname "$(readlink -f "$(command -v volary)")")
    volary qemu-driver
    volary start
}

img() {
    volary qemu-img "$@"
}

test_recipe_qemu_img_create() {
    use_the_driver
    volary qemu-img create openvstorage:volume 10G
    equals "$(volary info volume --json | jq .size)" 10737418240
    equals "$(img info --output=json openvstorage:volume | jq -c '[.format, ."virtual-size", ."actual-size"]')" '["raw",10737418240,0]'
    volary qemu-io -f raw -c 'write -P 7 1M 2M' -c 'read -P 7 1M 2M' -c 'read -P 0 0 1M' volary:volume
    nbdinfo --map "$(uri volume)" | awk '{ print $1, $2, $3 }' >map
    printf '0 1048576 3\n1048576 2097152 0\n3145728 10734272512 3\n' | cmp - map
    equals "$(img map -f raw --output=json openvstorage:volume | jq -c '[.[] | [.start, .length, .data]]')" \
        '[[0,1048576,false],[1048576,2097152,true],[3145728,10734272512,false]]'
    refused 1 "there is a volume volume already" volary qemu-img create -q openvstorage:volume 10G
}

test_qemu_img_converts_and_compares() {
    use_the_driver
    make_image image 3
    img convert -f raw -O raw image openvstorage:v
    img compare -f raw -F raw image openvstorage:v
    img convert -f raw -O raw openvstorage:v:snapshot-timeout=60 volary:w
    img convert -f raw -O qcow2 openvstorage:w back.qcow2
    img compare -f raw -F qcow2 image back.qcow2
    volary export w exported
    cmp image exported
    [ "$(volary info w --json | jq .mapped)" -lt 20000000 ] || fail "holes were written"
    img dd -f raw -O raw bs=1M count=1 if=openvstorage:v of=part
    cmp -n 1048576 image part
    img compare --image-opts driver=openvstorage,volume=v,transport=shm driver=raw,file.driver=volary,file.volume=w
}

test_an_installed_volary_runs_qemu() {
    use_the_driver
    volary install --prefix "$PWD/usr"
    refused 1 "make it by: volary qemu-driver" env XDG_CACHE_HOME="$PWD/none" usr/bin/volary qemu-img --version
    VOLARY_QEMU_MODULES="${XDG_CACHE_HOME:-$HOME/.cache}/volary/qemu" usr/bin/volary qemu-img create openvstorage:v 1G
    mkdir -p usr/lib/volary/qemu/modules
    cp -R "${XDG_CACHE_HOME:-$HOME/.cache}/volary/qemu/headers" usr/lib/volary/qemu/modules
    usr/bin/volary qemu-driver
    (cd / && XDG_CACHE_HOME=/nonexistent "$OLDPWD/usr/bin/volary" --pool "$VOLARY_POOL" qemu-img info openvstorage:v | grep -q '1 GiB')
}

test_qemu_is_put_into_a_source_tree() {
    volary qemu-driver
    checkout=$(dirname "$(readlink -f "$(command -v volary)")")
    "$checkout/qemu/build-module" --source "$PWD/source"
    "$checkout/qemu/add-to-source-tree" source
    mkdir generated
    python3 source/scripts/qapi-gen.py -o generated source/qapi/qapi-schema.json
    grep -q BLOCKDEV_DRIVER_OPENVSTORAGE generated/qapi-types-block-core.h
    grep -q openvstorage/driver.c source/block/meson.build
    ! "$checkout/qemu/add-to-source-tree" source 2>error || fail "it was there already"
    grep -q already error
}

test_qemu_img_resizes() {
    use_the_driver
    img create openvstorage:v 8M
    volary qemu-io -f raw -c 'write -P 1 7M 1M' openvstorage:v
    img resize -f raw openvstorage:v 16M
    equals "$(volary info v --json | jq .size)" 16777216
    img resize -q --shrink -f raw openvstorage:v 7M
    img resize -f raw openvstorage:v 8M
    volary qemu-io -f raw -c 'read -P 0 7M 1M' openvstorage:v
}

test_qemu_img_snapshots() {
    use_the_driver
    img create openvstorage:v 8M
    volary qemu-io -f raw -c 'write -P 1 0 1M' openvstorage:v
    img snapshot -c one openvstorage:v
    volary qemu-io -f raw -c 'write -P 2 0 1M' openvstorage:v
    volary snapshot v@two
    img snapshot -l openvstorage:v >list
    equals "$(awk 'NR > 2 { print $1, $2 }' list | tr '\n' ' ')" "one one two two "
    volary qemu-io -r -f raw -c 'read -P 1 0 1M' openvstorage:v@one
    img snapshot -a one openvstorage:v
    volary qemu-io -f raw -c 'read -P 1 0 1M' openvstorage:v
    img snapshot -d one openvstorage:v
    equals "$(volary snapshots v --json | jq -r '.[].name')" two
    ! img snapshot -a one openvstorage:v 2>error || fail "it is gone"
    grep -q one error
    refused 1 "a snapshot can only be read" volary qemu-io -f raw -c 'write 0 512' openvstorage:v@two
}

test_formats_on_top() {
    use_the_driver
    make_image image 4
    for format in qcow2 vmdk vdi vhdx; do
        img create -q -f $format "openvstorage:$format" 32M
        img convert -n -f raw -O $format image "openvstorage:$format"
        img compare -f raw -F $format image "openvstorage:$format"
    done
    img check -f qcow2 openvstorage:qcow2
    img create -q -f qcow2 -b openvstorage:qcow2 -F qcow2 openvstorage:overlay
    volary qemu-io -f qcow2 -c 'write -P 9 0 64k' openvstorage:overlay
    img rebase -f qcow2 -b openvstorage:qcow2 -F qcow2 openvstorage:overlay
    img commit -q -f qcow2 openvstorage:overlay
    volary qemu-io -f qcow2 -c 'read -P 9 0 64k' openvstorage:qcow2
}

test_qemu_is_refused_with_one_clear_line() {
    use_the_driver
    volary create v 8M
    refused 1 "no volume or snapshot 'nosuch'" volary qemu-img info openvstorage:nosuch
    refused 1 "no volume is named" volary qemu-img info openvstorage:
    refused 1 "'bad=1' is not known" volary qemu-img info openvstorage:v:bad=1
    refused 1 "transport 'x' is not known" volary qemu-img info --image-opts driver=openvstorage,volume=v,transport=x
    volary stop
    refused 1 "volary --pool '$VOLARY_POOL' start" volary qemu-img info openvstorage:v
    mkdir none wrong
    refused 1 "make it by: volary qemu-driver" env VOLARY_QEMU_MODULES="$PWD/none" volary qemu-img --version
    cp "${XDG_CACHE_HOME:-$HOME/.cache}/volary/qemu/shim.so" wrong
    refused 1 "make it by: volary qemu-driver" env VOLARY_QEMU_MODULES="$PWD/wrong" volary qemu-img --version
    for module in "${XDG_CACHE_HOME:-$HOME/.cache}"/volary/qemu/????????????????*.so; do
        echo broken >"wrong/${module##*/}"
    done
    refused 1 "make it anew by: volary qemu-driver --force" env VOLARY_QEMU_MODULES="$PWD/wrong" volary qemu-img --version
}

test_qemu_has_one_writer_at_a_time() {
    use_the_driver
    volary create v 8M
    mkfifo input
    volary qemu-io -f raw openvstorage:v <input >output 2>&1 &
    holder=$!
    exec 3>input
    echo 'write -P 3 0 1M' >&3
    await_words wrote output
    refused 1 "held by pid $holder (qemu-io)" volary qemu-io -f raw -c 'write 0 512' openvstorage:v
    refused 1 "pid $holder (qemu-io) holds it" volary rollback v@s
    volary qemu-io -r -f raw -c 'read -P 3 0 1M' openvstorage:v
    exec 3>&-
    wait $holder
    volary qemu-io -f raw -c 'write 0 512' openvstorage:v
}

test_qemu_goes_on_when_the_daemon_is_killed() {
    use_the_driver
    volary create v 256M
    img bench -f raw -w -c 300000 -d 32 -s 4096 openvstorage:v >bench &
    bench=$!
    for _ in 1 2 3; do
        sleep 0.7
        kill -9 "$(daemon_pid)"
        volary start
    done
    wait $bench
    grep -q 'Run completed' bench
}

# iotests WAY TESTS...: all of them have to pass.
iotests() {
    checkout=$(dirname "$(readlink -f "$(command -v volary)")")
    way=$1
    shift
    "$checkout/system-tests/qemu-iotests" --over "$way" "$@" >iotests.out 2>&1 || fail "$(cat iotests.out)"
    grep -q "^Passed all $# iotests" iotests.out || fail "$(cat iotests.out)"
}

# Those that reach our driver.
test_qemu_iotests() {
    use_the_driver
    iotests openvstorage 001 002 003 004 008 009 010 011 021 032 033 077 104 143 145 181 197 215
}

# Those that reach our export, and one whose server is to die.
test_qemu_iotests_over_nbd() {
    volary start
    iotests nbd 001 002 003 004 008 009 010 011 021 032 033 077 083 094 104 119 123 145 181 259
}

# The shorter ones.
test_qemu_iotests_on_the_mount() {
    mkdir vpool
    echo "{\"filesystem\": {\"mountpoint\": \"$PWD/mnt\"}}" >vpool/vpool.json
    volary start
    iotests mount 001 002 003 004 005 008 009 010 011 012 021 025 032 033 045 048 052 063 077 081 086 101 104 113 120 132 140 143 145 150 \
        152 157 160 162 163 170 171 183 192 194 251 block-status-cache migration-permissions mirror-top-perms reopen-file
}

use_the_guest() {
    use_the_driver
    demo=$(dirname "$(readlink -f "$(command -v volary)")")/demo
    launcher=$(command -v volary)
    VOLARY_LAUNCHER=$demo/../volary
    PATH=$PATH:/usr/sbin:/sbin
    for part in packages story guest disk; do
        . "$demo/$part.sh"
    done
    volary() { "$launcher" "$@"; }
    ensure_packages qemu-system-x86 mtools syslinux syslinux-common fdisk cpio e2fsprogs
    build_disk
    choose_accelerator
}

# start_guest ARGUMENTS...: boots the guest vm with the disk openvstorage:volume.
start_guest() {
    rm -f vm.in
    mkfifo vm.in
    # shellcheck disable=SC2086 # words
    "$launcher" qemu-system-x86_64 -m 256 -nographic -no-reboot -accel $accelerator -monitor none \
        -qmp unix:vm.qmp,server=on,wait=off "$@" <vm.in >vm.out 2>&1 &
    pid_vm=$!
    guests=vm
    exec 7>vm.in
    await vm 'the guest is ready'
}

human() {
    python3 "$demo/../system-tests/python/qmp.py" vm.qmp human-monitor-command "{\"command-line\": \"$1\"}"
}

test_recipe_guest_on_openvstorage() {
    use_the_guest
    volary qemu-img convert -f raw -O raw disk.img openvstorage:volume
    start_guest -drive file=openvstorage:volume,if=virtio,cache=none,format=raw
    volary info volume --json | jq -r .holder | grep -q "^pid $pid_vm (qemu-system-x86)$"
    refused 1 "held by pid $pid_vm" volary qemu-io -f raw -c 'write 0 512' openvstorage:volume
    guest vm 'for i in $(seq 50); do dd if=/dev/urandom of=/file$i bs=700 count=$i 2>/dev/null; done; md5sum /file* >/sums; sync; echo made'
    expect vm made
    kill -9 "$(daemon_pid)"
    volary start
    guest vm 'echo 3 >/proc/sys/vm/drop_caches; md5sum -c /sums >/result && echo "all the same"'
    expect vm 'all the same'
    human 'block_resize virtio0 256M'
    guest vm 'cat /sys/block/vda/size'
    expect vm 524288
    power_off vm
    volary qemu-img compare -f raw -F raw openvstorage:volume "$(uri volume)"
    volary export volume - | dd of=root.img bs=1M skip=65 count=95 iflag=fullblock status=none
    e2fsck -f -n root.img
    debugfs -R "cat /sums" root.img 2>/dev/null | grep -q file50
}

test_savevm_and_loadvm() {
    use_the_guest
    volary qemu-img convert -f raw -O raw disk.img openvstorage:volume
    start_guest -object memory-backend-memfd,id=m,size=256M,share=on -machine memory-backend=m -object iothread,id=t \
        -drive file=openvstorage:volume,if=none,id=d,cache=none,format=raw -device virtio-blk-pci,drive=d
    guest vm 'echo before >/file; sync; variable=kept; echo done'
    expect vm done
    equals "$(human 'savevm s1')" '""'
    human 'info snapshots' | grep -q s1
    guest vm 'echo after >/file; sync; variable=lost; cat /file'
    expect vm after
    equals "$(human 'loadvm s1')" '""'
    guest vm 'echo 3 >/proc/sys/vm/drop_caches; echo $variable; cat /file'
    expect vm kept
    expect vm before
    power_off vm
    volary qemu-img snapshot -l openvstorage:volume | awk '/s1/ && $3 > 0 { found = 1 } END { exit !found }'
    volary qemu-img snapshot -d s1 openvstorage:volume
    equals "$(volary list --json | jq -r '.[].name' | tr '\n' ' ')" "volume "
}
