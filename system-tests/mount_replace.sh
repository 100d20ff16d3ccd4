# Files of the mount that take the place of others, and copies from one to another.

test_a_volume_takes_anothers_place_as_a_whole() {
    mounted
    for name in a b; do
        truncate -s 1M mnt/$name
        echo "this is $name" | dd of=mnt/$name conv=notrunc status=none
    done
    # Refused, it has done nothing.
    python3 - "$(uri a)" <<'END'
import errno, nbd, os, sys
other = nbd.NBD()
other.connect_uri(sys.argv[1])
try:
    os.rename("mnt/a", "mnt/b")
    raise AssertionError("renamed under a client")
except OSError as e:
    assert e.errno == errno.EBUSY, e
END
    equals "$(head -c 9 mnt/b)" "this is b"
    for _ in $(seq 50); do
        ! mv mnt/a mnt/b 2>mv.err || break
        sleep 0.1
    done
    equals "$(head -c 9 mnt/b)" "this is a"
    equals "$(ls -A vpool)" "files
run
volumes
vpool.json"
    # What a daemon that died in the middle has left: the old one is gone, or not yet.
    volary create new 1M
    volary create old 2M
    volary create copy 1M
    volary stop
    printf 'move\nnew\nnone\n' >vpool/replacing
    volary start
    equals "$(ls mnt | tr '\n' ' ')" "b copy none old "
    volary stop
    printf 'move\nnone\nold\n' >vpool/replacing
    volary start
    equals "$(ls mnt | tr '\n' ' ')" "b copy none old "
    volary stop
    printf 'take\ncopy\nold\n' >vpool/replacing
    volary start
    equals "$(ls mnt | tr '\n' ' ')" "b none old "
    equals "$(stat -c %s mnt/old)" 2097152
    volary stop
    printf 'move\nnone' >vpool/replacing
    volary start
    equals "$(ls mnt | tr '\n' ' ')" "b none old "
    [ ! -e vpool/replacing ]
}

test_copy_file_range_on_the_mount() {
    mounted
    truncate -s 512M mnt/large
    qemu-io -f raw -c 'write -P 5 100M 3M' mnt/large
    python3 - <<'END'
import errno, os, random
source = random.Random(41)
SIZE = 24 << 20
names = ["a", "b", "c"]
files = {name: os.open("mnt/" + name, os.O_RDWR | os.O_CREAT) for name in names}
models = {}
for name, file in files.items():
    models[name] = bytearray(SIZE)
    for _ in range(40):
        at, length = source.randrange(SIZE), source.randrange(1, 300000)
        data = source.randbytes(min(length, SIZE - at))
        os.pwrite(file, data, at)
        models[name][at : at + len(data)] = data
    os.ftruncate(file, SIZE)
def copy(one, other, offset, to, length):
    done = 0
    while done < length:
        copied = os.copy_file_range(files[one], files[other], length - done, offset + done, to + done)
        if copied == 0:
            break
        done += copied
    data = models[one][offset : offset + length]
    assert done == len(data), (done, len(data))
    model = models[other]
    model.extend(bytes(max(0, to + len(data) - len(model))))
    model[to : to + len(data)] = data
for step in range(150):
    one, other = source.choice(names), source.choice(names)
    unit = source.choice((1, 512, 4096))
    offset, to = (source.randrange(SIZE // unit) * unit for _ in range(2))
    length = source.randrange(SIZE // 3 // unit) * unit
    if one == other and abs(offset - to) < length:
        continue
    copy(one, other, offset, to, length)
    if step % 30 == 29:
        for name in names:
            assert os.pread(files[name], 1 << 30, 0) == models[name], name
for name, file in files.items():
    with open("mnt/" + name, "rb") as again:
        assert again.read() == models[name], name
# Behind the end there is nothing; holes stay holes, and cost no time.
assert os.copy_file_range(files["a"], files["b"], 4096, len(models["a"]), 0) == 0
large = os.open("mnt/large", os.O_RDONLY)
thin = os.open("mnt/thin", os.O_RDWR | os.O_CREAT)
done = 0
while done < 512 << 20:
    done += os.copy_file_range(large, thin, (512 << 20) - done, done, done)
assert os.fstat(thin).st_blocks * 512 == os.fstat(large).st_blocks * 512 == 3 << 20, os.fstat(thin)
assert os.lseek(thin, 0, os.SEEK_DATA) == 100 << 20
# What cannot be written is told of, and small files are copied by the kernel.
reader = os.open("mnt/b", os.O_RDONLY)
try:
    os.copy_file_range(files["a"], reader, 4096, 0, 0)
    raise AssertionError("a file that was opened for reading was written to")
except OSError as e:
    assert e.errno == errno.EBADF, e
small = os.open("mnt/small.txt", os.O_RDWR | os.O_CREAT)
assert os.copy_file_range(files["a"], small, 5000, 0, 0) == 5000
assert os.pread(small, 5000, 0) == models["a"][:5000]
END
    volary snapshot a@s
    cp mnt/.snapshots/a/s mnt/of-snapshot
    cmp mnt/of-snapshot mnt/a
    # Another client holds it.
    python3 - "$(uri c)" <<'END'
import errno, nbd, os, sys
other = nbd.NBD()
other.connect_uri(sys.argv[1])
other.pwrite(b"x" * 512, 0)
try:
    os.copy_file_range(os.open("mnt/a", os.O_RDONLY), os.open("mnt/c", os.O_WRONLY), 4096, 0, 0)
    raise AssertionError("two writers")
except OSError as e:
    assert e.errno == errno.EBUSY, e
END
}
