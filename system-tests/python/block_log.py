"""A log of what was done to a disk, in the format of Linux' dm-log-writes, which QEMU's blklogwrites writes too.

After a sector that says what this is, each entry has a sector of its own, and then its data. What is cleared reads as zeroes.
"""

import collections
import os
import struct

SECTOR = 512
MAGIC = 0x6A736677736872
HEADER = struct.Struct("<QQQI")
ENTRY = struct.Struct("<QQQQ")
FLUSH, FUA, DISCARD = 1, 2, 4

# `end` is how long the log is with this entry.
Entry = collections.namedtuple("Entry", "kind offset length data end")


class Writer:
    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        if os.fstat(self.file).st_size == 0:
            os.write(self.file, HEADER.pack(MAGIC, 1, 0, SECTOR).ljust(SECTOR, b"\0"))

    def append(self, offset, length, kind, data=b""):
        assert offset % SECTOR == 0 and length % SECTOR == 0, (offset, length)
        entry = ENTRY.pack(offset // SECTOR, length // SECTOR, kind, len(data))
        # In one call, so that the log is never found with a part of an entry.
        os.writev(self.file, [entry.ljust(SECTOR, b"\0"), data])

    def length(self):
        return os.fstat(self.file).st_size

    def write(self, offset, data):
        self.append(offset, len(data), 0, data)

    def clear(self, offset, length):
        self.append(offset, length, DISCARD)

    def flush(self):
        self.append(0, 0, FLUSH)


def entries(path):
    """All entries of a log, in order."""
    with open(path, "rb") as log:
        magic, version, _, sector = HEADER.unpack(log.read(SECTOR)[: HEADER.size])
        assert (magic, version, sector) == (MAGIC, 1, SECTOR), path
        while head := log.read(SECTOR):
            first, sectors, kind, _ = ENTRY.unpack(head[: ENTRY.size])
            data = None if kind & DISCARD else log.read(sectors * SECTOR)
            yield Entry(kind, first * SECTOR, sectors * SECTOR, data, log.tell())
