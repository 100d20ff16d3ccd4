# The vPool as a mount.

# fails WORDS COMMAND...: the command fails, and says so.
fails() {
    words=$1
    shift
    ! "$@" >fails.out 2>&1 || fail "went well: $*"
    grep -qF -- "$words" fails.out || fail "'$words' is not in: $(cat fails.out)"
}

test_a_file_in_the_mount_is_a_volume() {
    volary serve --mount "$PWD/mnt" >serve.out 2>&1 &
    for _ in $(seq 600); do
        grep -q '^ready: .*mounted on' serve.out && break
        sleep 0.1
    done
    truncate -s 10G mnt/volume
    equals "$(volary list --json | jq -c '[.[] | [.name, .size]]')" '[["volume",10737418240]]'
    volary create made 1G
    equals "$(stat -c '%s %a' mnt/made)" "1073741824 600"
    equals "$(ls mnt)" "made
volume"
    equals "$(volary info volume --json | jq -r '.exports[] | select(.type == "file").address')" "$PWD/mnt/volume"
    volary qemu volume --via file | grep -qF "file=$PWD/mnt/volume,"
    # The recipe's -drive, as far as it can be looked at without a guest.
    qemu-io -f raw -c 'write -P 7 4G 64k' -c flush mnt/volume
    qemu-io -f raw -c 'read -P 7 4G 64k' "$(uri volume)" | grep -q '^read 65536'
    rm mnt/made
    equals "$(volary list --json | jq -r '.[].name')" volume
    volary stop
    ! grep -q "$PWD/mnt" /proc/mounts || fail "still mounted"
    [ -z "$(ls mnt)" ]
    volary start --mount "$PWD/mnt"
    qemu-io -f raw -c 'read -P 7 4G 64k' mnt/volume | grep -q '^read 65536'
}

test_qemu_tools_on_the_mount() {
    mounted
    make_image image 31
    qemu-img convert -f raw -O raw image mnt/v
    qemu-img compare -f raw -F raw image mnt/v
    cmp image mnt/v
    qemu-img compare -f raw -F raw image "$(uri v)"
    qemu-img create -f raw mnt/made 64M
    qemu-img resize -f raw mnt/made 128M
    equals "$(volary info made --json | jq .size)" 134217728
    qemu-img map -f raw --output=json mnt/v | jq -e 'any(.[]; .data) and any(.[]; .zero) and ([.[].length] | add) == 33554432'
    qemu-img convert -f raw -O qcow2 mnt/v mnt/inside.qcow2
    qemu-img compare -f raw -F qcow2 mnt/v mnt/inside.qcow2
    qemu-img bench -f raw -n -w -c 2000 -d 32 -s 4096 -t none --flush-interval=500 mnt/made
    qemu-io -f raw -t none -n mnt/made -c 'write -P 0x11 0 1M' -c 'write -P 0x22 512 512' -c 'write -z 64k 64k' \
        -c 'write -z -u 128k 64k' -c 'discard 256k 64k' -c 'aio_write -P 0x44 2M 1M' -c 'aio_write -P 0x55 4M 1M' -c aio_flush \
        -c 'read -P 0x11 0 512' -c 'read -P 0x22 512 512' -c 'read -P 0 64k 128k' -c 'read -P 0 256k 64k' \
        -c 'read -P 0x44 2M 1M' -c 'read -P 0x55 4M 1M' >qemu-io.out
    ! grep -iE 'fail|error|invalid' qemu-io.out || fail "qemu-io found something else"
    equals "$(grep -c '^read ' qemu-io.out)" 6
}

test_fio_verifies_what_it_wrote_to_the_mount() {
    mounted
    truncate -s 64M mnt/v
    for options in "randwrite --direct=1 --ioengine=libaio --bsrange=512-65536 --blockalign=512" \
        "randrw --direct=1 --ioengine=io_uring --bs=4096" "randwrite --direct=0 --ioengine=psync --bsrange=77-9000 --bs_unaligned=1"; do
        # shellcheck disable=SC2086 # a list of options
        fio --name=verify --filename=mnt/v --size=64M --io_size=16M --iodepth=16 --verify=crc32c --verify_fatal=1 \
            --verify_state_save=0 --randseed=7 --do_verify=1 --output=fio.out --rw=$options || fail "fio $options: $(cat fio.out)"
        grep -q 'err= 0' fio.out
    done
}

test_file_tools_on_the_mount() {
    mounted
    make_image image 32
    cp --reflink=auto --sparse=always image mnt/copied
    cmp image mnt/copied
    [ "$(volary info copied --json | jq .mapped)" -lt 33000000 ] || fail "the copy is not sparse"
    cp --sparse=always mnt/copied back
    cmp image back
    dd if=image of=mnt/dd bs=1000003 status=none
    cmp image mnt/dd
    dd if=image of=mnt/dd bs=4096 skip=100 seek=7 count=50 conv=notrunc oflag=direct,sync status=none
    dd if=image bs=4096 skip=100 count=50 status=none >part
    dd if=mnt/dd bs=4096 skip=7 count=50 iflag=direct status=none | cmp part -
    cp image mnt/dd # an old and longer content goes
    cmp image mnt/dd
    head -c 1000003 image >odd
    cp odd mnt/odd
    cmp odd mnt/odd
    equals "$(stat -c %s mnt/odd)" 1000003
    cp mnt/odd mnt/odd2
    cmp odd mnt/odd2
    mv mnt/odd2 mnt/moved
    cmp odd mnt/moved
    cat odd >>mnt/moved
    cat odd odd | cmp - mnt/moved
}

test_sockets_follow_a_rename_and_the_old_name_is_free() {
    mounted
    truncate -s 1M mnt/a
    mv mnt/a mnt/b
    [ -S "$(socket_of b)" ] || fail "b has no socket"
    [ ! -e vpool/run/vhost/a.sock ] || fail "a is offered still"
    truncate -s 2M mnt/a
    [ -S "$(socket_of a)" ] || fail "the new a has no socket"
}

test_rsync_keeps_volumes_and_other_files() {
    mounted
    mkdir from
    make_image from/disk 33
    head -c 1000003 from/disk >from/odd
    echo '<domain/>' >from/disk.xml
    echo hidden >from/.hidden
    rsync -a --sparse from/ mnt/
    diff -r from mnt
    equals "$(volary list --json | jq -c '[.[].name]')" '["disk","odd"]'
    [ -f vpool/files/disk.xml ] && [ -f vpool/files/.hidden ]
    [ "$(volary info disk --json | jq .mapped)" -lt 33000000 ] || fail "the copy is not sparse"
    equals "$(rsync -ai --sparse from/ mnt/ | grep -v '/$')" ""
    volary snapshot disk@before
    printf changed | dd of=from/disk bs=1 seek=5000000 conv=notrunc status=none
    rsync -a --inplace from/ mnt/
    diff -r from mnt
    ! cmp -s mnt/disk mnt/.snapshots/disk/before || fail "the snapshot has changed"
    equals "$(stat -c %s mnt/.snapshots/disk/before)" 33554432
    volary stop
    volary start
    diff -r from mnt
    mv mnt/disk.xml mnt/.away
    sed -i s/hidden/edited/ mnt/.hidden
    equals "$(cat mnt/.hidden mnt/.away)" "edited
<domain/>"
    rm mnt/odd mnt/.hidden mnt/.away
    equals "$(ls -A mnt)" disk
}

test_random_operations_on_the_mount() {
    mounted
    run_python mount_fsx.py mnt/volume 1500 11
    run_python mount_fsx.py mnt/small.txt 400 12
}

test_the_mount_sees_what_others_write_and_they_see_what_it_writes() {
    mounted
    truncate -s 64M mnt/v
    dd if=mnt/v of=/dev/null bs=1M status=none # would fill a cache
    qemu-io -f raw -c 'write -P 0x61 1M 1M' "$(uri v)"
    qemu-io -r -f raw -c 'read -P 0x61 1M 1M' mnt/v | grep -q '^read 1048576'
    python3 -c '
import mmap, os
f = os.open("mnt/v", os.O_RDONLY)
assert os.pread(f, 4, 1 << 20) == b"aaaa", os.pread(f, 4, 1 << 20)
assert mmap.mmap(f, 1 << 21, prot=mmap.PROT_READ)[1 << 20] == 0x61'
    printf 'by the mount' | dd of=mnt/v bs=1 seek=1234567 conv=notrunc status=none
    nbdcopy "$(uri v)" - | dd bs=1 skip=1234567 count=12 status=none iflag=fullblock 2>/dev/null | grep -q 'by the mount'
    volary resize v 128M
    equals "$(stat -c %s mnt/v)" 134217728
    truncate -s 256M mnt/v
    equals "$(volary info v --json | jq .size)" 268435456
}

test_one_writer_at_a_time_on_the_mount() {
    mounted
    truncate -s 16M mnt/v
    python3 - "$(uri v)" <<'END'
import errno, nbd, os, sys
other = nbd.NBD()
other.connect_uri(sys.argv[1])
other.pwrite(b"x" * 512, 0)
file = os.open("mnt/v", os.O_RDWR)
def refused(number, call, *arguments):
    try:
        call(*arguments)
    except OSError as e:
        assert e.errno == number, e
    else:
        raise AssertionError("it was not refused: %s" % call)
refused(errno.EBUSY, os.pwrite, file, b"y", 5)
refused(errno.EBUSY, os.unlink, "mnt/v")
refused(errno.EBUSY, os.rename, "mnt/v", "mnt/w")
refused(errno.EBUSY, os.truncate, "mnt/v", 4096)
assert os.pread(file, 3, 0) == b"xxx"
other.shutdown()
for _ in range(100):
    try:
        os.pwrite(file, b"y", 5)
        break
    except OSError as e:
        assert e.errno == errno.EBUSY, e
else:
    raise AssertionError("the holder has gone, and the file cannot be written")
other = nbd.NBD()
other.connect_uri(sys.argv[1])
assert other.is_read_only()
assert other.pread(512, 0)[:6] == b"xxxxxy"
other.shutdown()
os.close(file)
END
    volary info v --json | jq -e '.clients == []'
}

test_what_the_mount_refuses() {
    mounted
    truncate -s 1M mnt/v
    volary snapshot v@s
    fails "Directory not empty" rm -f mnt/v
    fails "Read-only file system" sh -c 'echo x >mnt/.snapshots/v/s'
    fails "Read-only file system" touch mnt/.snapshots/v/t
    fails "Read-only file system" rm -f mnt/.snapshots/v/s
    fails "Operation not permitted" mkdir mnt/directory
    fails "Operation not permitted" ln -s v mnt/link
    fails "Operation not permitted" ln mnt/v mnt/link
    fails "Operation not permitted" mkfifo mnt/fifo
    fails "Directory not empty" mv mnt/v mnt/.v
    fails "File too large" dd if=/dev/zero of=mnt/v bs=1 count=1 seek=64T conv=notrunc
    fails "No such file" cat mnt/.snapshots/v/t
    fails "No such file" cat mnt/x
    python3 - <<'END'
import errno, fcntl, os, struct
file = os.open("mnt/v", os.O_RDWR)
assert struct.unpack("Q", fcntl.ioctl(file, 0x80081272, bytes(8)))[0] == 1 << 20
assert os.getxattr("mnt/v", "user.volary.snapshots") == b"1"
try:
    os.setxattr("mnt/v", "user.volary.snapshots", b"2")
    raise AssertionError("a fact was changed")
except OSError as e:
    assert e.errno == errno.EOPNOTSUPP, e
space = os.statvfs("mnt")
disk = os.statvfs(".")
assert space.f_blocks * space.f_frsize == disk.f_blocks * disk.f_frsize
assert 0 < space.f_bavail * space.f_frsize <= disk.f_bavail * disk.f_frsize
os.posix_fallocate(file, 0, 2 << 20)
assert os.fstat(file).st_size == 2 << 20
END
    volary delete v@s
    rm mnt/v
}

test_a_mount_that_a_killed_daemon_left_is_taken_away() {
    mkdir -p vpool
    echo "{\"filesystem\": {\"mountpoint\": \"$PWD/mnt\", \"restartSeconds\": 0}}" >vpool/vpool.json
    volary start
    truncate -s 1M mnt/v
    printf kept | dd of=mnt/v conv=notrunc status=none
    kill -9 "$(daemon_pid)"
    for _ in $(seq 100); do
        ! cat mnt/v >/dev/null 2>cat.err && grep "Transport endpoint is not connected" cat.err && break
        sleep 0.1
    done
    grep -q "Transport endpoint is not connected" cat.err
    volary start
    equals "$(head -c 4 mnt/v)" kept
    equals "$(grep -c "$PWD/mnt" /proc/mounts)" 1
    grep -q "taking away what a daemon that was killed has left mounted" vpool/run/volary.log
    # Another vPool finds the place taken.
    refused 1 "is mounted on $PWD/mnt, and served there" volary --pool other start --mount "$PWD/mnt"
    refused 1 "would hide what it serves" volary --pool other start --mount "$PWD"
    # Who is in the mount does not keep it from ending.
    sleep 100 <mnt/v &
    volary stop
    ! grep -q "$PWD/mnt" /proc/mounts || fail "still mounted"
    kill $!
    volary start
    umount mnt
    volary info v --json | jq -e 'all(.exports[]; .type != "file")'
    refused 1 "not mounted" volary qemu v --via file
}

test_a_file_system_on_a_loop_device_on_the_mount() {
    mounted
    truncate -s 64M mnt/v
    device=$(losetup --find --show --direct-io=on mnt/v)
    mkfs.ext4 -q "$device" || { losetup -d "$device"; fail mkfs; }
    mkdir ext4
    mount "$device" ext4
    cp -r "$(dirname "$SUPPORT")" ext4/tests
    umount ext4
    losetup -d "$device"
    e2fsck -fn mnt/v
    volary snapshot v@formatted
    volary clone v@formatted w
    e2fsck -fn mnt/w
}

test_the_mount_belongs_to_whom_the_sockets_belong() {
    mkdir vpool
    cat >vpool/vpool.json <<END
{"filesystem": {"mountpoint": "$PWD/mnt"}, "sockets": {"mode": "0660", "group": "nogroup"}}
END
    chmod 755 .
    volary start
    truncate -s 1M mnt/v
    equals "$(stat -c '%a %G' mnt mnt/v | tr '\n' ' ')" "770 nogroup 660 nogroup "
    setpriv --reuid=nobody --regid=nogroup --clear-groups sh -c 'echo mine >mnt/v && truncate -s 1M mnt/w'
    fails "Permission denied" setpriv --reuid=nobody --regid=daemon --clear-groups cat mnt/v
    chmod 600 mnt/v
    fails "Permission denied" setpriv --reuid=nobody --regid=nogroup --clear-groups cat mnt/v
}

test_a_user_who_is_not_root_can_mount() {
    chmod 755 .
    mkdir pool mnt
    chown nobody:nogroup pool mnt
    mode=$(stat -c %a /dev/fuse)
    chmod 666 /dev/fuse # as it is on most systems
    status=0
    setpriv --reuid=nobody --regid=nogroup --clear-groups env HOME="$PWD/pool" VOLARY_POOL="$PWD/pool" sh -eu -c '
        volary start --mount "$PWD/mnt"
        truncate -s 16M mnt/v
        printf "by nobody" | dd of=mnt/v bs=1 seek=12345 conv=notrunc status=none
        qemu-io -f raw -c "read 8M 64k" mnt/v
        dd if=mnt/v bs=1 skip=12345 count=9 status=none
        cp /etc/hostname mnt/a.txt
        cmp /etc/hostname mnt/a.txt
        kill -9 "$(volary status --json | jq .pid)"
        volary start --mount "$PWD/mnt"
        dd if=mnt/v bs=1 skip=12345 count=9 status=none
        volary stop
        ! grep "$PWD/mnt" /proc/mounts' >user.out 2>&1 || status=$?
    chmod "$mode" /dev/fuse
    cat user.out
    equals "$status" 0
    equals "$(grep -o "by nobody" user.out | wc -l)" 2
}
