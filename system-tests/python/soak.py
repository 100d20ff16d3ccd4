"""Hours of moderate load over every export at once, with snapshots, clones and deletions: the daemon must not grow, nor the vPool.

soak.py LIBRARY MINUTES [SEED]. The first fifth of the time is for warming up. Of the rest the medians of the first and the last third are
compared: each figure may grow by the share and the amount that LIMITS says.
"""

import os
import random
import statistics
import sys
import time

from daemon import watch
from every_export import EXPORTS, Users, start

SAMPLES = 60
CHECK_SECONDS = 120
PAUSE_SECONDS = 0.1
MIB = 1 << 20

LIMITS = {  # share, amount
    "memory MiB": (0.1, 16),
    "descriptors": (0.05, 4),
    "threads": (0.05, 2),
    "disk MiB": (0.15, 16),
}


def sample(daemon):
    process = f"/proc/{daemon.process.pid}"
    with open(process + "/status") as file:
        status = dict(line.split(":", 1) for line in file)
    return {
        "memory MiB": int(status["VmRSS"].split()[0]) / 1024,
        "descriptors": len(os.listdir(process + "/fd")),
        "threads": int(status["Threads"]),
        "disk MiB": disk_use(daemon.pool) / MIB,
    }


def disk_use(directory):
    """Files may go while they are counted."""
    total = 0
    for path, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.lstat(f"{path}/{name}").st_blocks * 512
            except FileNotFoundError:
                pass
    return total


def growth(samples, figure):
    """The medians of the first and the last third."""
    third = len(samples) // 3
    values = [each[figure] for each in samples]
    return statistics.median(values[:third]), statistics.median(values[-third:])


def told(number, values):
    print(f"{number:>9} " + " ".join(f"{values[figure]:>12.0f}" for figure in LIMITS), flush=True)


def verdict(samples):
    steady = samples[len(samples) // 5 :]
    flat = True
    for figure, (share, amount) in LIMITS.items():
        first, last = growth(steady, figure)
        is_flat = last <= first * (1 + share) + amount
        flat &= is_flat
        print(f"{figure}: {first:.0f}, later {last:.0f}: {'flat' if is_flat else 'GROWS'}")
    return flat


def soak(daemon, contents, library, minutes, seed):
    end = time.monotonic() + 60 * minutes
    interval = 60 * minutes / SAMPLES
    samples = []
    print(f"{'minute':>9} " + " ".join(f"{figure:>12}" for figure in LIMITS))
    begin = time.monotonic()
    while time.monotonic() < end:
        watch()
        users = Users(daemon, contents, library, f"{seed}/{len(samples)}", PAUSE_SECONDS)
        until = min(end, time.monotonic() + CHECK_SECONDS)
        while time.monotonic() < until:
            time.sleep(min(1, interval))
            if time.monotonic() >= begin + (len(samples) + 1) * interval:
                samples.append(sample(daemon))
                told(f"{(time.monotonic() - begin) / 60:.1f}", samples[-1])
        users.go_on(EXPORTS)
        users.ended.set()
        users.surviving_ended.set()
        users.finish(list(users.clients))
        contents.verify(daemon)
    return samples


def main(library, minutes, seed=None):
    seed = seed or str(random.randrange(1 << 32))
    print(f"seed {seed}", flush=True)
    daemon, contents = start()
    samples = soak(daemon, contents, library, float(minutes), seed)
    daemon.check_log()
    daemon.stop()
    print(f"{minutes} minutes: {dict(contents.acknowledged)}, and all is as it should be")
    flat = verdict(samples)
    print("flat" if flat else "not flat")
    sys.exit(0 if flat else 1)


if __name__ == "__main__":
    main(*sys.argv[1:])
