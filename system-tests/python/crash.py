"""kill -9 at random moments of mixed load: what was acknowledged is there, flushed or not, and no snapshot changed.

crash.py ROUNDS [ENGINE] [SEED]. A seed fixes what is asked for and when the daemon is killed, not how threads interleave.
"""

import random
import sys
import threading
import time
import traceback

import load
from daemon import Daemon
from model import SECTOR, Disk


def rounds(count, seed, engine):
    daemon = Daemon("vpool", {"engine": {"segmentBytes": 1 << 20, "ioEngine": engine}})
    contents = load.Contents()
    daemon.start()
    for name in ["a", "b", "c"]:
        daemon.create(name, load.VOLUME_SECTORS * SECTOR)
        contents.disks[name] = Disk(load.VOLUME_SECTORS)
    for number in range(count):
        kill_once(daemon, contents, f"{seed}/{number}")
    daemon.stop()
    daemon.start()
    contents.verify(daemon)
    daemon.stop()


def kill_once(daemon, contents, seed):
    source = random.Random(seed)
    stopped = threading.Event()
    before = contents.acknowledged
    clients = load.begin(daemon, contents, seed, stopped)
    time.sleep(source.uniform(0.05, 1.5))
    if source.random() < 0.15:
        pause(clients, stopped, source)
    stopped.set()
    daemon.kill()
    load.finish(clients)
    if source.random() < 0.2:
        daemon.spawn()
        time.sleep(source.uniform(0.2, 1.2))
        daemon.kill()
    daemon.start()
    contents.verify(daemon)
    print(f"{seed}: {contents.acknowledged - before} requests acknowledged, {len(contents.disks)} disks as they should be",
          flush=True)


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
