"""A vPool on an S3 store: its machine is lost, another takes over, the store is away, the local disk is small."""

import random
import shutil
import sys
import time

import nbd

from daemon import Daemon, Refused
from s3_server import S3Server

SIZE = 32 << 20
PIECE = 64 << 10


def awaited(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def behind(daemon):
    return daemon.rest("GET", "/status")["store"]["behindBytes"]


def await_uploads(daemon):
    awaited("all is on the store", lambda: behind(daemon) == 0)


class Guest:
    """Writes to a volume, and remembers what it held at each flush."""

    def __init__(self, daemon, volume, seed):
        self.random = random.Random(seed)
        self.handle = daemon.connect(volume)
        self.now = bytearray(SIZE)
        self.flushed = [bytes(SIZE)]

    def write(self, count=20):
        for _ in range(count):
            length = self.random.randrange(512, PIECE, 512)
            offset = self.random.randrange(0, SIZE - length, 512)
            data = self.random.randbytes(length)
            self.handle.pwrite(data, offset)
            self.now[offset : offset + length] = data
        self.handle.flush()
        self.flushed.append(bytes(self.now))


def lost(server):
    """The newest flush that got to the store, whole, and what snapshots and clones hold of it."""
    one = Daemon("one", server.configuration())
    one.start()
    one.create("v", SIZE)
    guest = Guest(one, "v", 1)
    for _ in range(10):
        guest.write()
    one.snapshot("v", "s")
    at_snapshot = guest.flushed[-1]
    one.clone("v", "s", "c")
    guest.write()
    await_uploads(one)
    uploaded = len(guest.flushed) - 1
    for _ in range(20):
        guest.write(5)
        time.sleep(0.2)
    one.kill()

    two = Daemon("two", server.configuration())
    begin = time.monotonic()
    two.start()
    print(f"open after {time.monotonic() - begin:.1f} s")
    found = two.read("v", SIZE)
    assert found in guest.flushed[uploaded:], "what is there was never flushed, or was there before"
    print(f"flush {guest.flushed.index(found)} of {len(guest.flushed) - 1}, at least {uploaded}")
    assert two.read("v@s", SIZE) == at_snapshot
    assert two.read("c", SIZE) == at_snapshot
    two.write("c", b"x" * 4096)
    two.stop()

    one.start()  # it has been taken over: what it has can be read only
    assert one.read("v", SIZE) == guest.flushed[-1]
    told(one, "v", "another server has taken it over")
    one.stop()


def told(daemon, volume, words):
    view = daemon.rest("GET", f"/volumes/{volume}")
    assert words in str(view), view


def fenced(server):
    """The first daemon serves nothing any more, reads included, when the second has opened its volumes."""
    one = Daemon("one", server.configuration(leaseSeconds=5))
    one.start()
    one.create("v", SIZE)
    guest = Guest(one, "v", 2)
    guest.write()
    await_uploads(one)
    two = Daemon("two", server.configuration(leaseSeconds=5))
    two.start()
    assert two.read("v", SIZE) == guest.flushed[-1]
    for request in (lambda: guest.handle.pread(4096, 0), lambda: guest.handle.pwrite(bytes(4096), 0)):
        try:
            request()
        except nbd.Error as refusal:
            print(f"as it has to be: {refusal}")
        else:
            raise AssertionError("served by who was fenced")
    two.write("v", b"y" * 4096)
    assert two.read("v", 4096) == b"y" * 4096
    two.check_log()
    two.stop()
    one.stop()


def away(server):
    """Guests go on while the store is away, longer than a retry takes, and everything gets there afterwards."""
    one = Daemon("one", server.configuration(leaseSeconds=0))
    one.start()
    one.create("v", SIZE)
    guest = Guest(one, "v", 3)
    guest.write()
    await_uploads(one)
    server.stop()
    for _ in range(20):
        guest.write()
        time.sleep(0.5)
    assert behind(one) > 0
    try:
        one.snapshot("v", "s")
        one.delete("v", "s")
    except Refused as refusal:
        raise AssertionError("snapshots need no store") from refusal
    one.kill()
    one.spawn()
    time.sleep(2)
    server.start()
    awaited("the daemon starts when the store is back, or says why not", lambda: ready_or_again(one))
    assert one.read("v", SIZE) == guest.flushed[-1]
    await_uploads(one)
    one.stop()
    two = Daemon("two", server.configuration())
    two.start()
    assert two.read("v", SIZE) == guest.flushed[-1]
    two.stop()


def ready_or_again(daemon):
    if daemon.process.poll() is None:
        return daemon.process.stdout.readline().startswith(b"ready")
    daemon.end()
    daemon.spawn()
    return False


def small(server):
    """What does not fit into the cache comes from the store."""
    shutil.rmtree("one", ignore_errors=True)
    size = 3 << 30
    one = Daemon("one", server.configuration(cacheGibibytes=1))
    one.start()
    one.create("v", size)
    source = random.Random(4)
    handle = one.connect("v")
    sums = {}
    for offset in range(0, 5 << 28, 4 << 20):
        data = source.randbytes(4 << 20)
        handle.pwrite(data, offset)
        sums[offset] = hash(data)
    handle.flush()
    await_uploads(one)
    for offset, checksum in sums.items():
        assert hash(bytes(handle.pread(4 << 20, offset))) == checksum, f"other bytes at {offset}"
    handle.shutdown()
    one.check_log()
    one.stop()


def main():
    server = S3Server("s3", *sys.argv[2:])
    server.start()
    {"lost": lost, "fenced": fenced, "away": away, "small": small}[sys.argv[1]](server)
    server.stop()


main()
