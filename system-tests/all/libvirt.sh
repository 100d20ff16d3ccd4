# Stock libvirt, whose machine has its disks over shared memory.

. "$(dirname "$FILE")/../guest.sh"

# libvirtd without systemd, in namespaces of its own: it does not meet one that this machine has, and it ends with its machines
# when this shell does, which holds the other end of its standard input.
start_libvirt() {
    ensure_packages libvirt-daemon-system libvirt-clients
    for directory in etc run var/lib var/cache var/log; do
        mkdir -p "libvirt/$directory" "/$directory/libvirt"
    done
    cp /etc/libvirt/*.conf libvirt/etc
    mkfifo libvirt/lifeline
    unshare --mount --net --pid --fork --mount-proc sh -c '
        for directory in etc run var/lib var/cache var/log; do mount --bind "libvirt/$directory" "/$directory/libvirt"; done
        virtlogd --pid-file "$PWD/libvirt/virtlogd.pid" &
        libvirtd --pid-file "$PWD/libvirt/libvirtd.pid" &
        exec 3<&0
        trap exit TERM
        { read -r line <&3; kill 1; } &
        # Nobody else takes leave of the processes whose parents have ended, which libvirtd waits for.
        while true; do wait; done' <libvirt/lifeline >libvirtd.out 2>&1 &
    exec 6>libvirt/lifeline
    for _ in $(seq 100); do ! virsh version >/dev/null 2>&1 || return 0; sleep 0.1; done
    fail "libvirtd does not answer: $(cat libvirtd.out)"
}

virsh() {
    command virsh -c "qemu+unix:///system?socket=$PWD/libvirt/run/libvirt-sock" "$@"
}

# QEMU runs as a user of its own, who has to come by.
use_sockets_for_libvirt() {
    chmod 711 .
    mkdir vpool
    echo '{"sockets": {"group": "libvirt-qemu", "mode": "0660"}}' >vpool/vpool.json
}

describe_disk() {
    cat <<END
<disk type='vhostuser' device='disk'>
  <driver name='qemu' type='raw'/>
  <source type='unix' path='$(socket_of "$1")'><reconnect enabled='yes' timeout='1'/></source>
  <target dev='$2' bus='virtio'/>
</disk>
END
}

describe_machine() {
    cat <<END
<domain type='qemu'>
  <name>vm</name>
  <memory unit='MiB'>256</memory>
  <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>$PWD/vmlinuz</kernel><initrd>$PWD/initrd.gz</initrd><cmdline>console=ttyS0 quiet panic=-1</cmdline>
  </os>
  <features><acpi/></features>
  <devices>
    $(describe_disk vm vda)
    <serial type='pipe'><source path='$PWD/console'/></serial>
  </devices>
</domain>
END
}

# The functions of guest.sh talk to it as to one of QEMU's own.
start_machine() {
    mkfifo console.in console.out
    # Open for both directions: another QEMU may come with the same console.
    cat <>console.out >vm.out &
    pid_vm=$!
    exec 7<>console.in
    describe_machine >vm.xml
    virsh create vm.xml
    await vm 'the guest is ready'
}

begin_with_libvirt() {
    use_the_demos_guest
    use_sockets_for_libvirt
    start_libvirt
    volary start
    volary import disk.img vm
    start_machine
}

make_files() {
    guest vm 'mkdir /files; for i in $(seq 60); do dd if=/dev/urandom of=/files/$i bs=700 count=$i 2>/dev/null; done; md5sum /files/* >/sums; sync; echo made'
    expect vm made
}

check_files() {
    guest vm 'echo 3 >/proc/sys/vm/drop_caches; md5sum -c /sums >/result && echo "all the same"'
    expect vm 'all the same'
    guest vm 'dmesg | grep -ciE "i/o error|ext4-fs error"'
    expect vm 0
}

await_no_client() {
    for _ in $(seq 100); do
        ! volary info "$1" --json | jq -e '.clients == []' || return 0
        sleep 0.1
    done
    fail "somebody is still attached to $1"
}

# libvirt 9 does not hand "reconnect" on to QEMU for a disk that it plugs in: that one has to be gone when the daemon dies.
test_libvirt_starts_hot_plugs_and_survives_the_daemon() {
    begin_with_libvirt
    make_files
    volary create more 64M
    describe_disk more vdb >more.xml
    virsh attach-device vm more.xml --live
    guest vm 'until [ -e /dev/vdb ]; do sleep 0.1; done; cat /sys/block/vdb/size; dd if=/files/60 of=/dev/vdb seek=3 conv=fsync 2>/dev/null'
    expect vm 131072
    guest vm 'echo 3 >/proc/sys/vm/drop_caches; dd if=/dev/vdb skip=3 2>/dev/null | head -c 42000 | cmp - /files/60 && echo equal'
    expect vm equal
    virsh detach-device vm more.xml --live
    await_no_client more
    volary delete more
    kill -9 "$(daemon_pid)"
    sleep 1
    volary start
    check_files
    virsh destroy vm
    await_no_client vm
    export_root vm after
    # Its power was cut: the journal puts it right, and then nothing is wrong.
    e2fsck -y after || [ $? -eq 1 ]
    e2fsck -f -n after
}

# QEMU saves no machine whose disk's server cannot log which memory it writes to.
test_libvirt_saves_and_restores() {
    begin_with_libvirt
    make_files
    send vm 'i=0; while true; do i=$((i + 1)); echo $i >/count; sync; sleep 0.05; done &'
    sleep 1
    virsh save vm "$PWD/saved"
    await_no_client vm
    virsh restore "$PWD/saved"
    guest vm 'kill $!; sleep 1; echo "counted $(cat /count)"'
    expect vm counted
    check_files
    virsh destroy vm
}
