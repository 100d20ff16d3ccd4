"""Clients that keep a daemon busy and remember what it has acknowledged."""

import collections
import random
import threading
import time
from http.client import HTTPException

import nbd

from daemon import Refused
from model import SECTOR, Disk, stamped, stamps_of, whole_blocks

VOLUME_SECTORS = 8192
MAX_SECTORS = 160
MAX_VOLUMES = 8
MAX_SNAPSHOTS = 12


class Contents:
    """What the vPool holds as far as its clients know. What is in `doubtful` was being made or deleted when it died."""

    def __init__(self):
        self.disks = {}
        self.doubtful = set()
        self.counter = 0
        self.acknowledged = collections.Counter()
        self.lock = threading.Lock()

    def next_number(self):
        with self.lock:
            self.counter += 1
            return self.counter

    def acknowledge(self, kind):
        with self.lock:
            self.acknowledged[kind] += 1

    def volumes(self):
        return sorted(name for name in self.disks if "@" not in name)

    def snapshots(self):
        return sorted(name for name in self.disks if "@" in name)

    def verify(self, daemon):
        """All that was acknowledged is there, and nothing else."""
        present = set(daemon.exports())
        expected = set(self.disks)
        assert expected - present <= self.doubtful, f"lost: {sorted(expected - present - self.doubtful)}"
        assert present <= expected, f"come back from nowhere: {sorted(present - expected)}"
        for name in expected - present:
            del self.disks[name]
        self.doubtful.clear()
        for name, disk in sorted(self.disks.items()):
            disk.copies.clear()
            disk.settle(daemon.read(name), name)


class Client(threading.Thread):
    """A thread of the load. It stops by itself when the daemon dies; anything else that fails is a defect."""

    def __init__(self, daemon, contents, seed, stopped):
        super().__init__(daemon=True)
        self.server = daemon
        self.contents = contents
        self.random = random.Random(seed)
        self.stopped = stopped
        self.defect = None
        self.pause_seconds = 0

    def run(self):
        try:
            while not self.stopped.is_set():
                self.work()
                time.sleep(self.pause_seconds)
        except (nbd.Error, OSError, HTTPException) as error:
            if not self.stopped.is_set():
                self.defect = error
        except Exception as error:
            self.defect = error


class Writer(Client):
    """A connection that alone writes a slice of a volume, several requests at a time that do not overlap."""

    def __init__(self, daemon, contents, seed, stopped, volume, first, sectors, connect=None):
        super().__init__(daemon, contents, seed, stopped)
        self.disk = contents.disks[volume]
        self.first = first
        self.sectors = sectors
        self.handle = (connect or daemon.connect)(volume)
        self.rounds = 0

    def work(self):
        places = self.random.sample(range(self.sectors // MAX_SECTORS), self.random.randint(1, 8))
        pending = [request for request in map(self.submit, places) if request]
        while pending:
            self.handle.poll(1000)
            pending = [request for request in pending if not self.completed(request)]
        self.check()
        self.rounds += 1

    def submit(self, place):
        choice = self.random.random()
        if choice < 0.1:
            return self.handle.aio_flush(), None, None
        start = self.first + place * MAX_SECTORS + self.random.randrange(MAX_SECTORS)
        end = min(self.first + (place + 1) * MAX_SECTORS, start + self.random.choice([1, 3, 8, 32, MAX_SECTORS]))
        flags = nbd.CMD_FLAG_FUA if self.random.random() < 0.1 else 0
        if choice < 0.2:
            return self.trim(start, end, flags)
        if choice < 0.3:
            stamps = [0] * (end - start)
            self.disk.submit(start, stamps)
            flags |= nbd.CMD_FLAG_NO_HOLE if self.random.random() < 0.5 else 0
            return self.handle.aio_zero(len(stamps) * SECTOR, start * SECTOR, flags=flags), start, stamps
        number = self.contents.next_number()
        stamps = [(number << 24) | sector for sector in range(start, end)]
        self.disk.submit(start, stamps)
        return self.handle.aio_pwrite(stamped(stamps), start * SECTOR, flags=flags), start, stamps

    def trim(self, start, end, flags):
        """Whole blocks become zeroes, the rest stays."""
        offset, length = start * SECTOR, (end - start) * SECTOR
        cleared, cleared_length = whole_blocks(length, offset)
        stamps = [0] * (cleared_length // SECTOR)
        self.disk.submit(cleared // SECTOR, stamps)
        return self.handle.aio_trim(length, offset, flags=flags), cleared // SECTOR, stamps

    def completed(self, request):
        cookie, first, stamps = request
        if not self.handle.aio_command_completed(cookie):
            return False
        if stamps is not None:
            self.disk.acknowledge(first, stamps)
        self.contents.acknowledge("flushes" if stamps is None else "writes")
        return True

    def check(self):
        """Reads back some of what nobody else writes."""
        start = self.first + self.random.randrange(self.sectors - MAX_SECTORS)
        data = bytes(self.handle.pread(MAX_SECTORS * SECTOR, start * SECTOR))
        found = stamps_of(data)
        if found != self.disk.known[start : start + MAX_SECTORS].tolist():
            raise AssertionError(f"sectors from {start} read {found}")


class Operator(Client):
    """Makes and deletes snapshots, clones and volumes while others write."""

    def __init__(self, daemon, contents, seed, stopped, busy):
        super().__init__(daemon, contents, seed, stopped)
        self.busy = busy

    def work(self):
        self.random.choice([self.snapshot, self.snapshot, self.clone, self.delete, self.create])()
        time.sleep(self.random.uniform(0.001, 0.05))

    def snapshot(self):
        if len(self.contents.snapshots()) < MAX_SNAPSHOTS:
            volume = self.random.choice(self.contents.volumes())
            name = f"s{self.contents.next_number()}"
            self.copy(volume, f"{volume}@{name}", lambda: self.server.snapshot(volume, name))

    def clone(self):
        if len(self.contents.volumes()) < MAX_VOLUMES:
            source = self.random.choice(sorted(self.contents.disks))
            volume, _, snapshot = source.partition("@")
            name = f"c{self.contents.next_number()}"
            self.copy(source, name, lambda: self.server.clone(volume, snapshot or None, name))

    def copy(self, source, name, make):
        origin = self.contents.disks[source]
        copy = origin.begin_copy()
        self.contents.doubtful.add(name)
        self.contents.disks[name] = copy
        make()
        self.contents.doubtful.remove(name)
        origin.end_copy(copy)
        self.contents.acknowledge("snapshots" if "@" in name else "clones")
        if self.random.random() < 0.2:
            copy.settle(self.server.read(name), name)

    def create(self):
        if len(self.contents.volumes()) < MAX_VOLUMES:
            name = f"v{self.contents.next_number()}"
            self.contents.doubtful.add(name)
            self.contents.disks[name] = Disk(VOLUME_SECTORS)
            self.server.create(name, VOLUME_SECTORS * SECTOR)
            self.contents.doubtful.remove(name)

    def delete(self):
        """Something that no writer of this round holds."""
        candidates = [name for name in sorted(self.contents.disks) if name not in self.busy]
        if len(candidates) < 4:
            return
        name = self.random.choice(candidates)
        volume, _, snapshot = name.partition("@")
        gone = [name] if snapshot else [n for n in self.contents.disks if n == name or n.startswith(name + "@")]
        self.contents.doubtful.update(gone)
        try:
            self.server.delete(volume, snapshot or None)
        except Refused as refusal:
            # A connection of this process that has just read it may not be gone yet.
            assert refusal.args[0] == 409, refusal
            self.contents.doubtful.difference_update(gone)
            return
        for each in gone:
            del self.contents.disks[each]
        self.contents.doubtful.difference_update(gone)


def begin(daemon, contents, seed, stopped):
    """Starts writers on three volumes, three connections each, and an operator."""
    source = random.Random(seed)
    busy = source.sample(contents.volumes(), min(3, len(contents.volumes())))
    share = VOLUME_SECTORS // 3
    clients = [
        Writer(daemon, contents, f"{seed}/{volume}/{i}", stopped, volume, i * share, share)
        for volume in busy
        for i in range(3)
    ]
    clients.append(Operator(daemon, contents, f"{seed}/operator", stopped, busy))
    for client in clients:
        client.start()
    return clients


def finish(clients):
    for client in clients:
        client.join(60)
        assert not client.is_alive(), "a client got neither an answer nor an error"
    for client in clients:
        if client.defect:
            raise client.defect
