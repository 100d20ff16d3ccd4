"""A vPool whose file system is full: writers get ENOSPC, nobody else suffers, deleting and discarding make room again.

full_disk.py [ext4]: a tmpfs if not said otherwise.
"""

import errno
import os
import random
import subprocess
import sys
import time

import nbd

from daemon import Daemon, Refused
from isolation import isolate
from lower_disk import LowerDisk

MIB = 1 << 20
SIZE = 96
SOURCE = random.Random(1)


class Disk:
    """A volume and what has been acknowledged of it, in pieces of 1 MiB."""

    def __init__(self, daemon, name, mebibytes):
        self.daemon = daemon
        self.name = name
        self.pieces = {}
        daemon.create(name, mebibytes * MIB)

    def write(self, handle, piece):
        """Writes and flushes a piece. Returns whether there was space; what is there otherwise, nobody knows."""
        data = SOURCE.randbytes(MIB)
        old = self.pieces.pop(piece, None)
        try:
            handle.pwrite(data, piece * MIB)
            handle.flush()
        except nbd.Error as error:
            assert error.errnum == errno.ENOSPC, error
            if old:
                self.replaced_at_most_in_part(handle, piece, old, data)
            return False
        self.pieces[piece] = data
        return True

    def replaced_at_most_in_part(self, handle, piece, old, new):
        found = bytes(handle.pread(MIB, piece * MIB))
        for at in range(0, MIB, 4096):
            assert found[at : at + 4096] in (old[at : at + 4096], new[at : at + 4096]), f"{self.name}: {piece} MiB + {at}"
        self.pieces[piece] = found

    def check(self, export=None):
        handle = self.daemon.connect(export or self.name)
        for piece, data in self.pieces.items():
            assert bytes(handle.pread(MIB, piece * MIB)) == data, f"{export or self.name}: {piece} MiB is not as it was"
        handle.shutdown()


def fill(disk):
    handle = disk.daemon.connect(disk.name)
    written = 0
    while disk.write(handle, written):
        written += 1
        assert written < SIZE, "more was written than the disk holds"
    # More clients' requests, and of other kinds: refused, not hung, not lost.
    assert not disk.write(handle, written + 1)
    handle.shutdown()
    assert written > 30, f"ENOSPC after {written} MiB"
    return written


def writes_again(disk, piece, why):
    handle = disk.daemon.connect(disk.name)
    begin = time.monotonic()
    while not disk.write(handle, piece):
        assert time.monotonic() - begin < 60, f"still no space a minute after {why}"
        time.sleep(0.2)
    handle.shutdown()
    print(f"space {time.monotonic() - begin:.1f} s after {why}")


def check_all(disks):
    for disk in disks:
        disk.check()
    disks[0].check("other@before")


def inside():
    os.mkdir("vpool")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}M", "tmpfs", "vpool"], check=True)
    used_up()


def used_up():
    daemon = Daemon("vpool", {"engine": {"segmentBytes": MIB}})
    daemon.start()
    other, victim, big = (Disk(daemon, name, 256) for name in ["other", "victim", "big"])
    for disk in [other, victim]:
        handle = daemon.connect(disk.name)
        assert all([disk.write(handle, piece) for piece in range(10)])
        handle.shutdown()
    daemon.snapshot("other", "before")
    print(f"full after {fill(big)} MiB")
    disks = [other, victim, big]
    check_all(disks)

    # Snapshots, clones and their deletion need little, and have a reserve.
    daemon.snapshot("big", "s")
    daemon.clone("other", None, "copy")
    assert daemon.read("copy", 10 * MIB) == b"".join(other.pieces[i] for i in range(10))
    daemon.delete("copy")
    daemon.delete("big", "s")
    try:
        daemon.create("late", MIB)
        daemon.delete("late")
    except Refused as refusal:
        assert "NO_SPACE" in refusal.args[1], refusal
    check_all(disks)

    print(f"stopped in {daemon.stop():.1f} s")
    daemon.start()
    check_all(disks)
    daemon.kill()
    daemon.start()
    check_all(disks)

    daemon.delete("victim")
    writes_again(big, 100, "deleting a volume")
    check_all([other, big])
    fill_rest(big)
    handle = daemon.connect("big")
    handle.trim(16 * MIB, 0)
    handle.shutdown()
    for piece in range(16):
        big.pieces.pop(piece, None)
    writes_again(big, 101, "discarding")
    daemon.restart()
    check_all([other, big])
    daemon.stop()


def fill_rest(disk):
    handle = disk.daemon.connect(disk.name)
    piece = 110
    while disk.write(handle, piece):
        piece += 1
    handle.shutdown()


if __name__ == "__main__":
    if sys.argv[1:] == ["inside"]:
        inside()
    elif sys.argv[1:] == ["ext4"]:
        isolate()
        LowerDisk(SIZE).mount("vpool")
        used_up()
    else:
        # A mount that nobody else sees and that goes with the test.
        options = ["--mount"] if os.getuid() == 0 else ["--mount", "--map-root-user"]
        os.execvp("unshare", ["unshare", *options, sys.executable, __file__, "inside"])
