"""Random operations on a file of the mount and on a plain file, which have to stay the same.

mount_fsx.py FILE COUNT SEED
"""

import ctypes
import errno
import os
import random
import sys

path, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
source = random.Random(seed)
libc = ctypes.CDLL(None, use_errno=True)
libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]
MOST = 3 << 20
KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE = 1, 2, 16
flags = os.O_RDWR | os.O_CREAT
tested, model = os.open(path, flags), os.open("model", flags | os.O_TRUNC)
log = []


def both(call, *arguments):
    results = []
    for file in (tested, model):
        try:
            results.append(call(file, *arguments))
        except OSError as e:
            results.append(e.errno)
    assert results[0] == results[1], (seed, log[-5:], [str(r)[:100] for r in results])
    return results[0]


def fallocate(file, mode, offset, length):
    if libc.fallocate(file, mode, offset, length) != 0:
        raise OSError(ctypes.get_errno(), "fallocate")


def extent():
    offset = source.randrange(0, MOST)
    if source.random() < 0.5:
        offset &= ~4095
    length = source.choice([1, 7, 512, 4096, source.randrange(1, 9000), source.randrange(1, 300000)])
    return offset, length


def write(offset, length):
    both(lambda file, data: os.pwrite(file, data, offset), source.randbytes(length))


def copy(offset, length):
    to = source.randrange(0, MOST)
    data = both(lambda file: os.pread(file, length, offset))
    both(lambda file: os.pwrite(file, data, to) if data else 0)


def compare():
    size = both(lambda file: os.fstat(file).st_size)
    assert both(lambda file: os.pread(file, MOST * 2, 0)) is not None
    # What is said to be a hole reads as zeroes, and what lies behind a hole is data.
    position = 0
    while position < size:
        hole = os.lseek(tested, position, os.SEEK_HOLE)
        try:
            data = os.lseek(tested, hole, os.SEEK_DATA) if hole < size else size
        except OSError as e:
            assert e.errno == errno.ENXIO, e
            data = size
        assert not any(os.pread(model, data - hole, hole)), (seed, log[-5:], hole, data)
        position = data


def reopen():
    global tested
    os.close(tested)
    tested = os.open(path, os.O_RDWR)


def append():
    data = source.randbytes(source.randrange(1, 5000))
    size = os.fstat(tested).st_size
    if size < MOST:
        for name in (path, "model"):
            file = os.open(name, os.O_WRONLY | os.O_APPEND)
            os.write(file, data)
            os.close(file)


OPERATIONS = {
    "write": lambda: write(*extent()),
    "read": lambda: both(lambda file, offset, length: os.pread(file, length, offset), *extent()),
    "copy": lambda: copy(*extent()),
    "truncate": lambda: both(os.ftruncate, source.randrange(0, MOST)),
    "punch": lambda: both(fallocate, PUNCH_HOLE | KEEP_SIZE, *extent()),
    "zero": lambda: both(fallocate, ZERO_RANGE | source.choice([0, KEEP_SIZE]), *extent()),
    "allocate": lambda: both(fallocate, source.choice([0, KEEP_SIZE]), *extent()),
    "append": append,
    "sync": lambda: both(os.fsync),
    "reopen": reopen,
    "compare": compare,
}
WEIGHTS = {"write": 10, "read": 6, "compare": 0.5, "sync": 0.3, "truncate": 1}

try:
    for _ in range(count):
        names = list(OPERATIONS)
        name = source.choices(names, [WEIGHTS.get(name, 1) for name in names])[0]
        log.append(name)
        OPERATIONS[name]()
    compare()
except Exception:
    print(f"seed {seed}, operation {len(log)}: {log[-5:]}")
    raise
