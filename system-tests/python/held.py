"""A vPool whose file system is full, seen over shared memory: writes wait, all else goes on, and space lets them end."""

import json
import os
import random
import re
import subprocess
import sys
import time

import vhost
from daemon import Daemon

MIB = 1 << 20
SIZE = 96
HOLD = 8
SOURCE = random.Random(2)


def attach(daemon, name):
    return vhost.Disk(f"{daemon.pool}/run/vhost/{name}.sock")


def fill(disk, at=0):
    """Writes until a write has to wait; returns what has been written, and what waits in slot 0."""
    pieces = []
    while True:
        data = SOURCE.randbytes(MIB)
        disk.begin(0, vhost.WRITE, (at + len(pieces)) * MIB, data)
        limit = time.monotonic() + 2
        while disk.ended(0) is None and time.monotonic() < limit:
            time.sleep(0.001)
        if disk.ended(0) is None:
            return pieces, data
        assert disk.ended(0) == 0
        pieces.append(data)
        assert len(pieces) < SIZE, "more was written than the disk holds"


def check(disk, pieces):
    for number, piece in enumerate(pieces):
        assert disk.read(5, number * MIB, MIB) == piece, f"{number} MiB is not as it was written"


def lines(daemon, words):
    return len(re.findall(words, daemon.log_text()))


def cli(daemon, *arguments):
    return subprocess.run(["volary", "--pool", daemon.pool, *arguments], check=True, capture_output=True, text=True).stdout


def waiting_requests(daemon):
    """What the lists say, which is the same everywhere."""
    status = json.loads(cli(daemon, "status", "--json")).get("waiting", {})
    clients = json.loads(cli(daemon, "info", "big", "--json"))["clients"]
    assert sum(client.get("waiting", 0) for client in clients) == status.get("big", 0)
    return status


def inside():
    os.mkdir("vpool")
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}M", "tmpfs", "vpool"], check=True)
    daemon = Daemon("vpool", {"engine": {"segmentBytes": MIB, "loops": 1}, "vhost": {"fullDiskHoldSeconds": HOLD}})
    daemon.start()
    for name in ["other", "victim", "big"]:
        daemon.create(name, 256 * MIB)
    daemon.write("other", b"o" * MIB)
    daemon.write("victim", SOURCE.randbytes(10 * MIB))
    big = attach(daemon, "big")
    pieces, waiting = fill(big)
    print(f"full after {len(pieces)} MiB")

    # What overlaps the one that waits has to wait as well; reads and flushes, here and elsewhere, do not.
    later = SOURCE.randbytes(4096)
    big.begin(1, vhost.WRITE, len(pieces) * MIB, later)
    check(big, pieces)
    assert big.run(2, vhost.FLUSH) == 0
    assert daemon.read("other", MIB) == b"o" * MIB
    assert big.ended(0) is None and big.ended(1) is None
    assert waiting_requests(daemon) == {"big": 2}
    assert "requests that wait for space: 2" in cli(daemon, "info", "big"), cli(daemon, "info", "big")
    assert "volume big finds no space" in cli(daemon, "status"), cli(daemon, "status")
    begin = time.monotonic()
    daemon.delete("victim")
    assert big.end(0, HOLD) == 0 and big.end(1, HOLD) == 0
    print(f"the writes ended {time.monotonic() - begin:.1f} s after deleting a volume")
    check(big, pieces + [later + waiting[4096:]])
    pieces.append(later + waiting[4096:])
    assert lines(daemon, "big: no space: the writes of .* wait") == 1, daemon.log_text()
    assert waiting_requests(daemon) == {}

    # Nobody makes room: they fail when their time is over, and nothing else has been harmed.
    more, _ = fill(big, len(pieces))
    begin = time.monotonic()
    assert big.end(0) == 1
    assert time.monotonic() - begin < HOLD + 1
    check(big, pieces + more)

    # A ring stops at once, and so does the daemon.
    big.begin(0, vhost.WRITE, 200 * MIB, waiting)
    time.sleep(0.5)
    begin = time.monotonic()
    big.stop_ring()
    assert big.end(0) == 1
    big.close()
    big = attach(daemon, "big")
    big.begin(0, vhost.WRITE, 200 * MIB, waiting)
    time.sleep(0.5)
    assert time.monotonic() - begin < 4
    print(f"stopped in {daemon.stop():.1f} s")
    big.close()
    daemon.start()
    big = attach(daemon, "big")
    check(big, pieces + more)
    big.close()
    daemon.check_log()
    daemon.stop()


if __name__ == "__main__":
    if sys.argv[1:] == ["inside"]:
        inside()
    else:
        # A mount that nobody else sees and that goes with the test.
        options = ["--mount"] if os.getuid() == 0 else ["--mount", "--map-root-user"]
        os.execvp("unshare", ["unshare", *options, sys.executable, __file__, "inside"])
