# A guest's ext4 on a volume, through unmodified QEMU, with the demo's guest.

use_the_demos_guest() {
    demo=$(dirname "$(readlink -f "$(command -v volary)")")/demo
    VOLARY_LAUNCHER=$demo/../volary
    PATH=$PATH:/usr/sbin:/sbin
    for part in packages story guest disk; do
        . "$demo/$part.sh"
    done
    unset -f volary
    ensure_packages qemu-system-x86 mtools syslinux syslinux-common fdisk cpio e2fsprogs
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
