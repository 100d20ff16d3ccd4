"""What power_cuts.py does with a bare volume: writes, discards, zeroes, flushes, FUA, snapshots; and how it knows that nothing is lost."""

import collections
import functools
import hashlib
import time

import nbd

from logged_volume import History
from parts import PART, some_blocks, some_parts, some_sectors

SECONDS = 6
MOST_SNAPSHOTS = 3

Snapshot = collections.namedtuple("Snapshot", "asked made content")


class Load:
    size = 32 << 20

    def __init__(self, source):
        self.random = source
        self.places = []  # in the log below, one for each flush that was acknowledged
        self.flushed = []  # the same in the log above
        self.snapshots = {}  # by name: where in the log below it was asked for and made, and where in the log above that was
        self.deleted = {}  # where in the log below that was asked for, and done
        self.counts = collections.Counter()

    def run(self, daemon, volume, lower):
        self.daemon, self.volume, self.lower = daemon, volume, lower
        self.handle = volume.connect()
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for _ in range(self.random.choice([1, 2, 5, 40])):
                self.together()
            self.flush()
            if self.random.random() < 0.1:
                self.snapshot()
        self.handle.shutdown()

    def told(self):
        return ", ".join(f"{count} {kind}" for kind, count in sorted(self.counts.items()))

    def together(self):
        """Some requests at a time that do not overlap."""
        requests = [self.begin(start) for start in some_parts(self.random, self.size, 8)]
        while requests:
            self.handle.poll(1000)
            requests = [request for request in requests if not self.handle.aio_command_completed(request)]

    def begin(self, start):
        kind = self.random.choices(["writes", "discards", "zeroes"], [8, 1, 1])[0]
        self.counts[kind] += 1
        if kind == "discards":
            offset, length = some_blocks(self.random, start)
            return self.handle.aio_trim(length, offset)
        offset, length = some_sectors(self.random, start)
        if kind == "zeroes":
            return self.handle.aio_zero(length, offset, flags=self.random.choice([0, nbd.CMD_FLAG_NO_HOLE]))
        return self.handle.aio_pwrite(self.random.randbytes(length), offset)

    def flush(self):
        """Alone, so that it is known what it covers."""
        if self.random.random() < 0.7:
            self.handle.flush()
            self.counts["flushes"] += 1
        else:
            offset, length = some_sectors(self.random, self.random.randrange(self.size // PART) * PART)
            self.handle.pwrite(self.random.randbytes(length), offset, flags=nbd.CMD_FLAG_FUA)
            self.counts["writes with FUA"] += 1
        self.places.append(self.lower.logged())
        self.flushed.append(self.volume.logged())

    def snapshot(self):
        kept = [name for name in self.snapshots if name not in self.deleted]
        asked = self.lower.logged()
        if len(kept) < MOST_SNAPSHOTS:
            name = f"s{len(self.snapshots)}"
            self.daemon.snapshot("v", name)
            self.snapshots[name] = Snapshot(asked, self.lower.logged(), self.volume.logged())
            self.counts["snapshots"] += 1
        else:
            self.daemon.delete("v", kept[0])
            self.deleted[kept[0]] = asked, self.lower.logged()

    @functools.cached_property
    def history(self):
        return History(self.volume.log, self.size)

    def check(self, daemon, place):
        """What a daemon found after a power cut at this place of the log below."""
        last = max(number for number, flushed in enumerate(self.places) if flushed <= place)
        self.history.replay(self.flushed[last])
        found = daemon.read("v")
        later = self.history.later(found)
        if later is None:
            wrong = sorted(self.history.differing(found))
            raise AssertionError(f"{len(wrong)} sectors are neither as flushed nor as any prefix has them; from {wrong[:5]}")
        kept = self.check_snapshots(daemon, place)
        return f"as flushed, and {later} requests more; {kept} snapshots"

    def check_snapshots(self, daemon, place):
        present = {name.partition("@")[2] for name in daemon.exports() if "@" in name}
        for name, snapshot in self.snapshots.items():
            asked, gone = self.deleted.get(name, (place + 1, place + 1))
            if snapshot.made <= place < asked:
                assert name in present, f"snapshot {name} is lost"
            if snapshot.asked > place or gone <= place:
                assert name not in present, f"snapshot {name} should not be there"
            if name in present:
                found = hashlib.sha256(daemon.read("v@" + name)).hexdigest()
                assert found == self.contents[name], f"snapshot {name} has changed"
        return len(present)

    @functools.cached_property
    def contents(self):
        """What the snapshots have to hold."""
        history = History(self.volume.log, self.size)
        digests = {}
        for name, snapshot in self.snapshots.items():
            history.replay(snapshot.content)
            digests[name] = hashlib.sha256(history.state).hexdigest()
        return digests
