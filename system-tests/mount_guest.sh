# A guest whose disk is a file of the mount.

. "$(dirname "$(readlink -f "$(command -v volary)")")/system-tests/qemu.sh"

# The disk as each of the ways in has it, each read while the others have it open, too.
read_every_way() {
    # Reads past the page cache; QEMU's own lock of the file is no concern of who only reads.
    dd if=mnt/volume bs=1M iflag=direct status=none | md5sum | cut -c -32
    nbdcopy "$(uri volume@)" - | md5sum | cut -c -32
    volary qemu-img convert -f raw -O raw openvstorage:volume by.openvstorage
    md5sum <by.openvstorage | cut -c -32
    PYTHONPATH=$checkout/system-tests/python python3 -c 'import hashlib, sys, vhost
disk, sum = vhost.Disk(sys.argv[1]), hashlib.md5()
for offset in range(0, int(sys.argv[2]), 1 << 20):
    sum.update(disk.read(0, offset, min(1 << 20, int(sys.argv[2]) - offset)))
print(sum.hexdigest())' "$VOLARY_POOL/run/vhost/volume@.sock" "$(stat -c %s mnt/volume)"
}

test_a_guest_boots_from_the_mount() {
    mkdir -p vpool
    echo "{\"filesystem\": {\"mountpoint\": \"$PWD/mnt\"}}" >vpool/vpool.json
    use_the_guest
    cp disk.img mnt/volume
    start_guest -drive file=mnt/volume,if=virtio,cache=none,format=raw
    guest vm 'for i in $(seq 50); do dd if=/dev/urandom of=/file$i bs=700 count=$i 2>/dev/null; done; md5sum /file* >/sums; sync; echo made'
    expect vm made
    volary info volume --json | jq -r .holder | grep -q "^the mount $PWD/mnt, pid $pid_vm (qemu-system-x86)$"
    # A second writer is refused, whichever way it comes, and told who is first.
    refused 1 "held by the mount $PWD/mnt, pid $pid_vm" volary qemu-io -f raw -c 'write 0 512' openvstorage:volume
    refused 1 "the mount $PWD/mnt, pid $pid_vm (qemu-system-x86) holds it" volary resize volume 16M --shrink
    ! qemu-io -f raw -c 'write 0 512' "$(uri volume)" >nbd.out 2>&1 || fail "NBD writes, too"
    grep -q 'Permission denied' nbd.out || fail "$(cat nbd.out)"
    ! qemu-io -f raw -c 'write 0 512' mnt/volume >lock.out 2>&1 || fail "another QEMU writes, too"
    grep -q 'Failed to get "write" lock' lock.out || fail "$(cat lock.out)"
    # The daemon is killed under it. The guest goes on, and finds what it wrote.
    kill -9 "$(daemon_pid)"
    volary start
    guest vm 'echo 3 >/proc/sys/vm/drop_caches; md5sum -c /sums >/result && echo "all the same"'
    expect vm 'all the same'
    guest vm 'dmesg | grep -ciE "i/o error|ext4-fs error"'
    expect vm 0
    # What the guest has written reads back the same every way, while it has its disk.
    guest vm 'sync; mount -o remount,ro / && echo quiet'
    expect vm quiet
    volary qemu-io -r -f raw -c 'sleep 60000' openvstorage:volume >open.out 2>&1 &
    for _ in $(seq 100); do
        [ ! -S "$VOLARY_POOL/run/vhost/volume@.sock" ] || break
        sleep 0.1
    done
    read_every_way >sums
    equals "$(sort -u sums | wc -l)" 1
    equals "$(wc -l <sums)" 4
    power_off vm
    equals "$(volary info volume --json | jq -r .holder)" null
    dd if=mnt/volume of=root.img bs=1M skip=65 count=95 iflag=fullblock status=none
    e2fsck -f -n root.img
    debugfs -R "cat /sums" root.img 2>/dev/null | grep -q file50
}
