"""SIGTERM under load: it stops within seconds, and what was acknowledged is there.

stop.py ROUNDS auto|denied. With "denied" the daemon runs where io_uring is forbidden.
"""

import random
import sys
import threading
import time

import load
from daemon import Daemon
from model import SECTOR, Disk


def main(rounds, engine):
    daemon = Daemon("vpool", {"engine": {"segmentBytes": 1 << 20}})
    daemon.start(io_uring=engine == "auto")
    assert engine == "auto" or daemon.rest("GET", "/status")["ioEngine"] == "plain"
    contents = load.Contents()
    for name in ["a", "b", "c"]:
        daemon.create(name, load.VOLUME_SECTORS * SECTOR)
        contents.disks[name] = Disk(load.VOLUME_SECTORS)
    for number in range(rounds):
        stopped = threading.Event()
        clients = load.begin(daemon, contents, str(number), stopped)
        time.sleep(random.uniform(0.2, 1.5))
        stopped.set()
        seconds = daemon.stop()
        assert seconds < 10, f"stopping took {seconds:.1f} s"
        load.finish(clients)
        daemon.start(io_uring=engine == "auto")
        contents.verify(daemon)
        print(f"stopped in {seconds:.1f} s, {contents.acknowledged.total()} requests acknowledged")
    daemon.check_log()
    daemon.stop()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
