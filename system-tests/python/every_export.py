"""Load over every export at once, while the daemon is stopped for a while (SIGSTOP) and killed (kill -9) under it.

every_export.py LIBRARY ROUNDS [SEED]. Who is on the mount or uses libvolary goes on when the next daemon is there, and sees no error.
"""

import os
import random
import signal
import sys
import threading
import time
import traceback

import load
from daemon import Daemon, watch
from exports import Library, Mounted, SharedMemory
from model import SECTOR, Disk

SURVIVING = ["mount", "library"]


def opener(daemon, export, library):
    """How volumes are opened that go by the name of an export."""
    return {
        "nbd": daemon.connect,
        "vhost": lambda volume: SharedMemory(f"{daemon.pool}/run/vhost/{volume}.sock"),
        "mount": lambda volume: Mounted("mnt/" + volume),
        "library": lambda volume: Library(library, daemon.pool, volume),
    }[export]


EXPORTS = ["nbd", "vhost", *SURVIVING]


class Users:
    """One writer for each export, and somebody who makes and deletes snapshots, clones and volumes."""

    def __init__(self, daemon, contents, library, seed, pause_seconds=0):
        self.ended = threading.Event()  # for those that a daemon's death ends
        self.surviving_ended = threading.Event()
        self.clients = {"operator": load.Operator(daemon, contents, f"{seed}/operator", self.ended, EXPORTS)}
        for export in EXPORTS:
            stopped = self.surviving_ended if export in SURVIVING else self.ended
            arguments = export, 0, load.VOLUME_SECTORS, opener(daemon, export, library)
            self.clients[export] = load.Writer(daemon, contents, f"{seed}/{export}", stopped, *arguments)
        for client in self.clients.values():
            client.pause_seconds = pause_seconds
            client.start()

    def go_on(self, exports):
        """Each of them does something more, without an error."""
        before = {export: self.clients[export].rounds for export in exports}
        limit = time.monotonic() + 60
        while any(self.clients[export].rounds == before[export] for export in exports):
            for export in exports:
                if self.clients[export].defect:
                    raise self.clients[export].defect
            assert time.monotonic() < limit, f"somebody is left waiting: {before}"
            time.sleep(0.01)

    def finish(self, names):
        load.finish([self.clients[name] for name in names])
        for name in names:
            if name in ["vhost", *SURVIVING]:
                self.clients[name].handle.shutdown()


def stop_for_a_while(daemon, users, source):
    daemon.process.send_signal(signal.SIGSTOP)
    time.sleep(source.uniform(0.3, 4))
    daemon.process.send_signal(signal.SIGCONT)
    users.go_on(EXPORTS)


def one_round(daemon, contents, library, seed):
    source = random.Random(seed)
    users = Users(daemon, contents, library, seed)
    users.go_on(EXPORTS)
    time.sleep(source.uniform(0, 1))
    stops = source.choice([0, 1, 2])
    for _ in range(stops):
        stop_for_a_while(daemon, users, source)
    users.ended.set()
    if source.random() < 0.3:
        daemon.process.send_signal(signal.SIGSTOP)  # killed when nothing has been answered for a while
        time.sleep(source.uniform(0.1, 1))
    daemon.kill()
    users.finish(["operator", "nbd", "vhost"])
    daemon.start()
    users.go_on(SURVIVING)
    users.surviving_ended.set()
    users.finish(SURVIVING)
    contents.verify(daemon)
    return stops


def start():
    """A daemon with a volume for each export, and what they hold."""
    mount = {"mountpoint": os.path.abspath("mnt"), "restartSeconds": 60}
    daemon = Daemon("vpool", {"engine": {"segmentBytes": 1 << 20}, "filesystem": mount})
    daemon.start()
    contents = load.Contents()
    for export in EXPORTS:
        daemon.create(export, load.VOLUME_SECTORS * SECTOR)
        contents.disks[export] = Disk(load.VOLUME_SECTORS)
    return daemon, contents


def main(library, rounds, seed=None):
    seed = seed or str(random.randrange(1 << 32))
    print(f"seed {seed}", flush=True)
    daemon, contents = start()
    stops = 0
    try:
        for number in range(int(rounds)):
            watch()
            stops += one_round(daemon, contents, library, f"{seed}/{number}")
            print(f"round {number + 1}: {dict(contents.acknowledged)}, {len(contents.disks)} disks as they should be", flush=True)
    except Exception:
        traceback.print_exc(file=sys.stdout)
        sys.exit(f"failed: every_export.py {library} {rounds} {seed}")
    daemon.check_log()
    daemon.stop()
    print(f"{rounds} times kill -9 and {stops} times SIGSTOP, seed {seed}: {dict(contents.acknowledged)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
