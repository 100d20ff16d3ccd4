"""Power cuts under a vPool: its disk is made as it was, or may have been, at moments of a load; the daemon starts; what was flushed is there.

power_cuts.py LOAD CUTS [LOWER [SEED]]. LOAD is "raw", or the file system on the volume; LOWER the one under the vPool.
Above the volume QEMU logs what was asked for, below the vPool a disk of our own logs what came of it.
"""

import os
import random
import sys
import time

import cut_files
import cut_raw
from daemon import Daemon, watch
from isolation import isolate
from logged_volume import LoggedVolume
from lower_disk import LowerDisk, mount, run, unmount
from lower_replay import cut, states

LOWER_MEBIBYTES = 1024


def record(load, lower_kind):
    """Runs the load. What is on the disk, and what has to be, is in the logs then."""
    lower = LowerDisk(LOWER_MEBIBYTES, lower_kind)
    lower.mount("vpool")
    os.mkdir("tail")
    run("mount", "-t", "tmpfs", "tmpfs", "tail")
    daemon = Daemon("vpool", {"engine": {"segmentBytes": 1 << 20, "tailDirectory": os.path.abspath("tail")}})
    run("sync", "--file-system", "vpool")  # what the test itself has written
    daemon.start()
    daemon.create("v", load.size)
    volume = LoggedVolume(daemon, "v")
    load.run(daemon, volume, lower)
    volume.end()
    daemon.kill()
    unmount("vpool")
    lower.device.let_go()
    print(f"{load.told()}; {lower.logged() >> 20} MiB written below", flush=True)
    return lower, daemon


def power_cut(daemon, disk, check):
    """What the machine's memory held is gone, too."""
    for name in os.listdir("tail"):
        os.unlink("tail/" + name)
    mount(disk, "vpool", "-o", "loop")
    daemon.start()
    try:
        return check()
    finally:
        daemon.kill()
        unmount("vpool")


def main(kind, cuts, lower_kind="ext4", seed=None):
    seed = seed or str(random.randrange(1 << 32))
    print(f"seed {seed}", flush=True)
    source = random.Random(seed)
    load = cut_raw.Load(source) if kind == "raw" else cut_files.Load(source, kind)
    lower, daemon = record(load, lower_kind)
    # One half right at a flush, as nothing has happened since that might make up for it, the other half anywhere.
    begin, end = min(load.places), lower.logged()
    places = [source.choice(load.places) if number % 2 else source.randrange(begin, end) for number in range(int(cuts))]
    began = time.monotonic()
    for number, (place, durable, since) in enumerate(states(lower.log, lower.size, places)):
        watch()
        cut(durable, since, source, "cut.disk")
        said = power_cut(daemon, "cut.disk", lambda: load.check(daemon, place))
        print(f"cut {number + 1} at {place} of the log below, {len(since)} writes were not flushed: {said}", flush=True)
    daemon.check_log()
    print(f"{cuts} power cuts with seed {seed} passed, in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    isolate()
    main(*sys.argv[1:])
