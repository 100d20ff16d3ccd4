# A guest's ext4 on a volume, through unmodified QEMU, with the demo's guest.

# use_the_demos_guest [MODULE...]: the guest has these kernel modules, too.
use_the_demos_guest() {
    demo=$(dirname "$(readlink -f "$(command -v volary)")")/demo
    VOLARY_LAUNCHER=$demo/../volary
    PATH=$PATH:/usr/sbin:/sbin
    for part in packages story guest disk; do
        . "$demo/$part.sh"
    done
    unset -f volary
    ensure_packages qemu-system-x86 mtools syslinux syslinux-common fdisk cpio e2fsprogs
    modules="$modules $*"
    build_disk
    choose_accelerator
}

# The guest's root is the second partition.
export_root() {
    volary export "$1" - | dd of="$2" bs=1M skip=65 iflag=fullblock status=none
}

test_guest_file_system_survives_the_daemon_over_nbd() {
    use_the_demos_guest
    via="--via nbd "
    file_system_survives_the_daemon
}

# An emulated processor does not notice that somebody else writes to code which it has translated already, as a boot sector
# that loads the next one has it done: so QEMU itself loads the kernel.
over_shared_memory() {
    via="--via vhost "
    qemu_options=" -kernel vmlinuz -initrd initrd.gz -append console=ttyS0 ${1:-}"
}

test_guest_file_system_survives_the_daemon_over_shared_memory() {
    use_the_demos_guest
    over_shared_memory
    file_system_survives_the_daemon
    # The connections of before the kill and of after it.
    ! grep -E 'closing the vhost-user' "$VOLARY_POOL/run/volary.log" || fail "a connection was closed"
}

test_guest_file_system_survives_the_daemon_over_a_packed_ring() {
    use_the_demos_guest
    over_shared_memory "-global vhost-user-blk-pci.packed=on"
    file_system_survives_the_daemon
}

# A guest's file system, while the daemon is killed under it.
file_system_survives_the_daemon() {
    volary start
    volary import disk.img vm
    boot vm
    guest vm 'mkdir /files; for i in $(seq 150); do dd if=/dev/urandom of=/files/$i bs=700 count=$i 2>/dev/null; done; echo made'
    expect vm made
    guest vm 'md5sum /files/* >/sums; sync; rm /files/1*; grep -v /files/1 /sums >/left; fstrim / && echo trimmed'
    expect vm trimmed
    send vm 'while true; do dd if=/dev/urandom of=/noise bs=4096 count=500 conv=fsync 2>/dev/null; done &'
    sleep 1
    volary snapshot vm@live
    kill -9 "$(daemon_pid)"
    sleep 1
    volary start
    # QEMU connects anew, and the guest goes on where it was.
    guest vm 'echo 3 >/proc/sys/vm/drop_caches; kill $!; md5sum -c /left >/result && echo "all the same"'
    expect vm 'all the same'
    guest vm 'dmesg | grep -ciE "i/o error|ext4-fs error"'
    expect vm 0
    send vm 'sync; mount -o remount,ro /; poweroff -f'
    wait "$pid_vm" || true
    export_root vm after
    e2fsck -f -n after
    # Taken while the guest wrote: as after a power cut, the journal puts it right, and then nothing is wrong.
    export_root vm@live live
    e2fsck -y live || [ $? -eq 1 ]
    e2fsck -f -n live
}

test_guest_over_shared_memory_sees_a_resize() {
    use_the_demos_guest
    over_shared_memory
    volary start
    volary import disk.img vm
    boot vm
    guest vm 'cat /sys/block/vda/size'
    expect vm 327680
    volary resize vm 1G
    guest vm 'sleep 1; cat /sys/block/vda/size'
    expect vm 2097152
    volary info vm --json | jq -e '.holder and .clients[0].export == "vhost-user-blk" and .clients[0].writer'
    refused 1 "stop that client first" volary delete vm
    power_off vm
}

test_ext4_image_round_trip() {
    PATH=$PATH:/usr/sbin:/sbin
    mke2fs -q -t ext4 -d "$(dirname "$(readlink -f "$(command -v volary)")")/docs" image 64M
    volary start
    volary import image v
    volary clone v w
    volary export w copy
    e2fsck -f -n copy
    cmp image copy
}

test_a_guests_xfs_survives_the_daemon() {
    use_the_demos_guest libcrc32c xfs
    checksummed_files_survive_the_daemon xfs
    xfs_repair -n after
    xfs_repair -n live
}

test_a_guests_btrfs_survives_the_daemon() {
    use_the_demos_guest libcrc32c xor raid6_pq zstd_compress btrfs
    checksummed_files_survive_the_daemon btrfs
    btrfs check after
    btrfs check live
}

# Files with checksums in a file system of this kind, on a partition of its own, while they are written and the daemon is killed twice. Leaves
# the file system as it is after that, and as a snapshot before had it, once its journal has been applied.
checksummed_files_survive_the_daemon() {
    ensure_packages xfsprogs btrfs-progs
    add_partition "$1"
    over_shared_memory
    volary start
    volary import disk.img vm
    boot vm
    guest vm "mkdir /files && mount -t $1 /dev/vda3 /files && cd /files && echo mounted"
    expect vm mounted
    guest vm 'for i in $(seq 100); do dd if=/dev/urandom of=$i bs=900 count=$i 2>/dev/null; done; md5sum * >/sums; cp /sums .; sync; echo made'
    expect vm made
    guest vm 'rm 1*; grep -v " 1" /sums >/left; fstrim /files && echo trimmed'
    expect vm trimmed
    send vm 'i=0; while i=$((i + 1)); do dd if=/dev/urandom of=new$i bs=9000 count=$((i % 30)) conv=fsync 2>/dev/null; md5sum new$i >>/new; done &'
    sleep 1
    volary snapshot vm@live
    for _ in 1 2; do
        kill -9 "$(daemon_pid)"
        sleep 0.5
        volary start
        sleep 1
    done
    guest vm 'kill $!; wait; sync; echo 3 >/proc/sys/vm/drop_caches; [ $(wc -l </new) -gt 3 ] && md5sum -c /left /new >/result && echo "all the same"'
    expect vm 'all the same'
    guest vm 'dmesg | grep -ciE "i/o error|corrupt|btrfs.*error|xfs.*error"'
    expect vm 0
    guest vm 'cd /; umount /files && echo unmounted'
    expect vm unmounted
    power_off vm
    export_files vm after
    export_files vm@live live
    unshare --mount sh -c 'mkdir mnt && mount -o loop live mnt && cd mnt && grep -v " 1" sums | md5sum --quiet -c'
}

# add_partition KIND: a third partition of the guest's disk, with a file system.
add_partition() {
    truncate -s 480M disk.img
    printf '160M,,83\n' | sfdisk -q --append disk.img
    truncate -s 320M files.img
    "mkfs.$1" -q files.img
    dd if=files.img of=disk.img bs=1M seek=160 conv=notrunc,sparse status=none
}

export_files() {
    volary export "$1" - | dd of="$2" bs=1M skip=160 iflag=fullblock conv=sparse status=none
}
