"""A disk under the vPool that fails, under load: what docs/guarantees.md promises for that.

faults.py writes|flushes|all|forgotten|forgotten-once|forgotten-by-another|dropped|reads|slow nbd|vhost [SEED]
"""

import errno
import os
import random
import subprocess
import sys
import time

import nbd

from daemon import Daemon, Refused
from exports import SharedMemory
from isolation import isolate
from lower_disk import LowerDisk, mount, run, unmount
from lower_replay import cut, states
from recorder import Recorder

SIZE = 32 << 20
PIECE = 1 << 18
FILES = {"from": 128 << 20, "to": 256 << 20}  # where mkfs.ext4 puts nothing of its own on a disk of 512 MiB
PATIENCE_SECONDS = 30
FAILING = {
    "writes": {"operations": ["write"], "fault": "error"},
    "flushes": {"operations": ["flush"], "fault": "error"},
    "all": {"operations": ["write", "flush", "trim"], "fault": "error"},
    "forgotten": {"operations": ["flush"], "fault": "forget"},
}


class Bench:
    """A daemon on a disk that fails, and a client."""

    def __init__(self, export, source, file_system="ext4"):
        self.export = export
        self.source = source
        self.lower = LowerDisk(512, file_system)
        self.lower.mount("vpool")
        os.mkdir("tail")
        run("mount", "-t", "tmpfs", "tmpfs", "tail")
        self.daemon = Daemon("vpool", {"engine": {"segmentBytes": 1 << 20, "tailDirectory": os.path.abspath("tail")}})
        run("sync", "--file-system", "vpool")  # what the test itself has written
        self.daemon.start()
        self.daemon.create("v", SIZE)

    def recorder(self, depth):
        return Recorder(self.handle(), "upper.log", SIZE, self.source, depth)

    def handle(self):
        return self.daemon.connect("v") if self.export == "nbd" else SharedMemory(f"{self.daemon.pool}/run/vhost/v.sock")

    def read(self):
        return self.daemon.read("v@")

    def mend(self):
        """The disk works again, and its file system is what its journal and its check make of it; the daemon starts again."""
        self.lower.fails()
        self.daemon.kill()
        unmount("vpool")
        repair = subprocess.run(["e2fsck", "-f", "-y", self.lower.device.path], capture_output=True, text=True)
        assert repair.returncode in (0, 1), repair.stdout
        self.lower.mount("vpool")
        self.daemon.start()

    def cut_power(self, place, check):
        """What a daemon finds after a power cut at this place of the disk's log, when nothing stays that was not flushed."""
        if os.path.ismount("vpool"):
            self.daemon.kill()
            unmount("vpool")
        for name in os.listdir("tail"):
            os.unlink("tail/" + name)
        _, durable, _ = next(states(self.lower.log, self.lower.size, [place]))
        cut(durable, [], self.source, "cut.disk")
        mount("cut.disk", "vpool", "-o", "loop")
        self.daemon.start()
        check()
        self.daemon.kill()
        unmount("vpool")


def work(recorder, rounds):
    for _ in range(rounds):
        for _ in range(recorder.random.choice([1, 3, 10])):
            assert recorder.together()
        assert recorder.flush()


def work_until_refused(recorder, lower):
    """Returns the place in the disk's log of the last flush that was acknowledged."""
    place = lower.logged()
    limit = time.monotonic() + PATIENCE_SECONDS
    while all(recorder.together() for _ in range(recorder.random.choice([1, 5, 30]))) and recorder.flush():
        place = lower.logged()
        assert time.monotonic() < limit, "nothing is refused"
    return place


def failing_writes(kind, export, source):
    bench = Bench(export, source)
    recorder = bench.recorder(depth=1 if kind == "forgotten" else 8)
    work(recorder, 20)
    bench.lower.fails(FAILING[kind])
    place = work_until_refused(recorder, bench.lower)
    check_readable(recorder)
    bench.lower.fails()
    assert not recorder.flush(), "a flush is acknowledged after a failure"
    assert not recorder.together(), "a write or discard is acknowledged after a failure"
    if kind != "forgotten":
        assert not check_readable(recorder), "what the disk has cannot be read"

    bench.mend()
    found = bench.read()
    later = recorder.check(found, whole=kind != "forgotten")
    restarted = bench.lower.logged()
    work(bench.recorder(depth=8), 5)
    told = f"{recorder.flushes} flushes before {len(recorder.refused)} refusals, which had been acknowledged are there"
    print(f"{kind} over {export}: {told}, {later} requests more")

    # And if the power fails instead, or later.
    bench.cut_power(place, lambda: recorder.check(bench.read(), whole=False))
    bench.cut_power(restarted, lambda: same(bench.read(), found))


def forgotten_once(kind, export, source):
    """One flush fails, and takes along what anybody has written, but only who asked for it is told. No flush may claim what is gone."""
    bench = Bench(export, source, "ext4-without-journal")
    recorder = bench.recorder(depth=1)
    work(recorder, 20)
    while recorder.random.random() < 0.95:
        recorder.together()
    bench.lower.fails({"operations": ["flush"], "fault": "forget", "times": 1})
    if kind == "forgotten-by-another":
        try:
            bench.daemon.create("other", SIZE)  # has directories and files to sync
        except Refused:
            pass
    while not bench.lower.has_failed():
        recorder.together()  # until a segment is full, and the next one made
    flushed = recorder.flush()
    gone = check_readable(recorder)
    assert not flushed or not gone, f"a flush was acknowledged, but {gone} pieces are gone"
    bench.mend()
    recorder.check(bench.read(), whole=False)
    print(f"{kind} over {export}: {gone} pieces were gone")


def dropped(kind, export, source):
    """A disk that does not do what it acknowledges, now and then. Nothing is promised but that it is noticed: no other data is read."""
    bench = Bench(export, source)
    recorder = bench.recorder(depth=1)
    work(recorder, 20)
    sure = recorder.flushed
    bench.lower.fails({"operations": ["write"], "fault": "drop", "chance": 0.1, **FILES})
    for _ in range(30):
        for _ in range(5):
            recorder.together()
        recorder.flush()
    failed = check_readable(recorder)
    bench.mend()
    recorder.flushed, recorder.handle = sure, bench.handle()
    later = check_readable(recorder, whole=False)
    assert " ERROR " in bench.daemon.log_text(), "nobody has been told"
    print(f"dropped over {export}: {failed} of {SIZE // PIECE} pieces failed, {later} after a restart")


def check_readable(recorder, whole=True):
    """Compares what can be read. Returns how many pieces cannot, as the disk fails, or has forgotten them."""
    found, failed = bytearray(SIZE), []
    for offset in range(0, SIZE, PIECE):
        try:
            found[offset : offset + PIECE] = recorder.handle.pread(PIECE, offset)
        except (nbd.Error, OSError) as error:
            assert errno.EIO in (getattr(error, "errnum", None), getattr(error, "errno", None)), error
            failed.append((offset, PIECE))
    recorder.check(found, whole, unread=failed)
    return len(failed)


def same(found, expected):
    assert found == expected, "what a start has found is not durable"


def failing_reads(kind, export, source):
    bench = Bench(export, source)
    recorder = bench.recorder(depth=8)
    work(recorder, 20)
    bench.daemon.kill()
    bench.daemon.start()
    recorder.handle = bench.handle()
    bench.lower.fails({"operations": ["read"], "fault": "error"})
    failed = check_readable(recorder)
    for _ in range(10):
        recorder.together()
    bench.lower.fails()
    assert failed, "nothing was read from the disk"
    assert recorder.flush() and recorder.together() and recorder.flush(), "it is refused still"
    recorder.check(bench.read(), whole=True)
    assert not bench.daemon.rest("GET", "/status").get("damaged"), "damage, though the disk has all"
    bench.daemon.restart()
    recorder.check(bench.read(), whole=True)
    bench.daemon.stop()
    print(f"reads over {export}: {failed} of {SIZE // PIECE} pieces failed, and {len(recorder.refused)} other requests")


def slow(kind, export, source):
    bench = Bench(export, source)
    recorder = bench.recorder(depth=8)
    bench.lower.fails({"operations": ["write", "flush"], "fault": "slow", "seconds": 0.05, "chance": 0.5})
    work(recorder, 10)
    assert recorder.together()
    bench.daemon.kill()
    bench.daemon.start()
    recorder.check(bench.read(), whole=True)
    bench.daemon.check_log()
    bench.daemon.stop()
    print(f"slow over {export}: {recorder.flushes} flushes")


TESTS = {"reads": failing_reads, "slow": slow, "dropped": dropped, "forgotten-once": forgotten_once, "forgotten-by-another": forgotten_once}


def main(kind, export, seed=None):
    seed = seed or str(random.randrange(1 << 32))
    print(f"seed {seed}", flush=True)
    TESTS.get(kind, failing_writes)(kind, export, random.Random(seed))


if __name__ == "__main__":
    isolate()
    main(*sys.argv[1:])
