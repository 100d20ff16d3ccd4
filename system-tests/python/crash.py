"""kill -9 at random moments of mixed load: what was acknowledged is there, flushed or not, and no snapshot changed.

crash.py ROUNDS [ENGINE] [SEED]. In every round there are writes, flushes, snapshots and garbage collection before the kill.
A seed fixes what is asked for and when the daemon is killed, not how threads interleave.
"""

import collections
import random
import sys
import threading
import time
import traceback

import load
from daemon import Daemon, watch
from model import SECTOR, Disk

KINDS = ["writes", "flushes", "snapshots", "collections"]
PATIENCE_SECONDS = 60


class Round:
    """What happens between two kills."""

    def __init__(self, daemon, contents):
        self.daemon = daemon
        self.contents = contents
        self.before = contents.acknowledged.copy()
        self.collected_before = daemon.collected()
        self.collected = set()

    def events(self):
        """How often what has happened; what the collector makes may be gone soon after, so this asks often."""
        self.collected |= self.daemon.collected() - self.collected_before
        events = self.contents.acknowledged - self.before
        events["collections"] = len(self.collected)
        return events

    def last(self, seconds):
        """For so long, and until something of every kind has happened."""
        begin = time.monotonic()
        while time.monotonic() < begin + seconds or not all(self.events()[kind] for kind in KINDS):
            assert time.monotonic() < begin + seconds + PATIENCE_SECONDS, f"not everything happens: {self.events()}"
            time.sleep(0.005)
            self.events()


def rounds(count, seed, engine):
    daemon = Daemon("vpool", {"engine": {"segmentBytes": 1 << 20, "ioEngine": engine}})
    contents = load.Contents()
    daemon.start()
    for name in ["a", "b", "c"]:
        daemon.create(name, load.VOLUME_SECTORS * SECTOR)
        contents.disks[name] = Disk(load.VOLUME_SECTORS)
    events = collections.Counter()
    for number in range(count):
        watch()
        in_round = kill_once(daemon, contents, f"{seed}/{number}")
        events += in_round
        print(f"round {number + 1}: {told(in_round)}; {len(contents.disks)} disks as they should be", flush=True)
    daemon.stop()
    daemon.start()
    contents.verify(daemon)
    daemon.stop()
    print(f"{count} rounds of kill -9 with seed {seed} passed: {told(events)}")


def told(events):
    return ", ".join(f"{count} {kind}" for kind, count in sorted(events.items()))


def kill_once(daemon, contents, seed):
    source = random.Random(seed)
    stopped = threading.Event()
    this = Round(daemon, contents)
    clients = load.begin(daemon, contents, seed, stopped)
    this.last(source.uniform(0.05, 1))
    if source.random() < 0.1:
        pause(clients, stopped, source)
    stopped.set()
    daemon.kill()
    load.finish(clients)
    happened = this.events()
    if source.random() < 0.2:
        daemon.spawn()
        time.sleep(source.uniform(0.2, 1.2))
        daemon.kill()
    daemon.start()
    contents.verify(daemon)
    return happened


def pause(clients, stopped, source):
    """After five quiet seconds there is a checkpoint."""
    stopped.set()
    load.finish(clients)
    time.sleep(source.uniform(4.9, 5.2))


def main(count, engine="auto", seed=None):
    seed = seed or str(random.randrange(1 << 32))
    print(f"seed {seed}", flush=True)
    try:
        rounds(int(count), seed, engine)
    except Exception:
        traceback.print_exc(file=sys.stdout)
        sys.exit(f"failed: crash.py {count} {engine} {seed}")


if __name__ == "__main__":
    main(*sys.argv[1:])
