"""Uses a mount from several sides while the daemon under it is killed and started again, and reports whatever goes wrong.

mount_restart.py MOUNT ROUNDS SEED [may-abort]

With may-abort, as on kernels that cannot send requests again, what was under way when the daemon died may fail with ECONNABORTED, once.
"""

import errno
import json
import os
import random
import subprocess
import sys
import threading
import time
import traceback

MOUNT, ROUNDS, SEED = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
MAY_ABORT = len(sys.argv) > 4
BLOCK = 4096
BLOCKS = 2048
stop = threading.Event()
failures = []
counts = {}
aborted = 0


def path(name):
    return os.path.join(MOUNT, name)


def worker(function, *arguments):
    def run():
        try:
            step = function(*arguments)
            while not stop.is_set():
                next(step)
                counts[arguments] += 1
        except BaseException:
            failures.append("%s%s: %s" % (function.__name__, arguments, traceback.format_exc()))
            stop.set()

    counts[arguments] = 0
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def tried(call, *arguments):
    """Calls; returns whether it went well, and not only might have."""
    global aborted
    try:
        call(*arguments)
        return True
    except OSError as e:
        if not MAY_ABORT or e.errno != errno.ECONNABORTED:
            raise
        aborted += 1
        return False


def data(name, flags, seed):
    """Writes and reads a file that stays open. A block is what was last written to it, or what may have been written."""
    source = random.Random(seed)
    file = os.open(path(name), os.O_RDWR | os.O_CREAT | flags)
    while not tried(os.ftruncate, file, BLOCK * BLOCKS):
        pass
    model = [{bytes(BLOCK)} for _ in range(BLOCKS)]
    for round in range(1 << 30):
        block = source.randrange(BLOCKS)
        if source.random() < 0.6:
            content = (b"%016d" % (round * 8 + seed % 8)) * (BLOCK // 16)
            if tried(os.pwrite, file, content, block * BLOCK):
                model[block] = {content}
            else:
                model[block] = model[block] | {content}
        elif source.random() < 0.05:
            tried(os.fsync, file)
        else:
            found = []
            if tried(lambda: found.append(os.pread(file, BLOCK, block * BLOCK))):
                expect(found[0] in model[block], "%s: block %d is not what was written" % (name, block))
                model[block] = {found[0]}
        yield


def names(stem, suffix, seed):
    """Makes, renames and deletes files: none may be there already, or be gone already."""
    source = random.Random(seed)
    here = None
    for number in range(1 << 30):
        name = "%s%d%s" % (stem, number, suffix)
        if here is None:
            os.close(os.open(path(name), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o640))
            here = name
        elif source.random() < 0.6:
            if source.random() < 0.3:
                os.close(os.open(path(name), os.O_RDWR | os.O_CREAT | os.O_EXCL))
            os.rename(path(here), path(name))
            expect(not os.path.exists(path(here)), here + " is there still")
            here = name
        else:
            os.unlink(path(here))
            expect(not os.path.exists(path(here)), here + " is there still")
            here = None
        if here is not None:
            os.chmod(path(here), 0o600 | number % 8)
            expect(os.stat(path(here)).st_mode & 0o7 == number % 8, "the mode of " + here)
        yield


def lists(seed):
    """Lists the directory: what stays is there, once."""
    while True:
        found = [entry.name for entry in os.scandir(MOUNT)]
        for name in ("a", "b", "c.txt"):
            expect(found.count(name) == 1, "%s is listed %d times" % (name, found.count(name)))
        yield


def copies(seed):
    """Copies a file of random bytes to a volume, which is then the same."""
    source = random.Random(seed)
    content = source.randbytes(3 << 20)
    with open("copied", "wb") as file:
        file.write(content)
    while True:
        subprocess.run(["cp", "--sparse=never", "copied", path("copy")], check=True)
        with open(path("copy"), "rb") as file:
            expect(file.read() == content, "the copy is another")
        yield


def pid():
    return json.loads(subprocess.run(["volary", "status", "--json"], check=True, capture_output=True).stdout)["pid"]


def main():
    source = random.Random(SEED)
    threads = [worker(data, "a", 0, SEED), worker(data, "b", os.O_DSYNC, SEED + 1), worker(data, "c.txt", 0, SEED + 2)]
    if not MAY_ABORT:
        while not all(os.path.exists(path(name)) for name in ("a", "b", "c.txt")):
            time.sleep(0.01)
        threads += [worker(names, "v", "", SEED + 3), worker(names, "s", ".txt", SEED + 4)]
        threads += [worker(lists, SEED + 5), worker(copies, SEED + 6)]
    for _ in range(ROUNDS):
        time.sleep(source.uniform(0.3, 1.5))
        if stop.is_set():
            break
        os.kill(pid(), 9)
        subprocess.run(["volary", "start"], check=True)
    before = dict(counts)
    end = time.monotonic() + 30
    while not stop.is_set() and time.monotonic() < end and not all(counts[key] > before[key] for key in counts):
        time.sleep(0.1)
    stop.set()
    for thread in threads:
        thread.join(60)
    waiting = sum(thread.is_alive() for thread in threads)
    print("%d steps, %d of them after the last restart, %d aborted" % (
        sum(counts.values()), sum(counts.values()) - sum(before.values()), aborted))
    if failures:
        sys.exit("\n".join(failures))
    expect(waiting == 0, "%d wait for ever" % waiting)
    expect(all(counts[key] > before[key] for key in counts), "somebody made no step after the last restart: %s, %s" % (before, counts))
    expect(aborted <= 3 * ROUNDS, "%d errors" % aborted)


main()
