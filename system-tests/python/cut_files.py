"""What power_cuts.py does with a file system on a volume: files are written, replaced, appended to and deleted, each with fsync.

After a cut the file system puts itself right by its journal, its own check finds nothing, and what was synced is there.
"""

import collections
import os
import random
import subprocess
import threading
import time

from lower_disk import BlockDevice, make_file_system, mount, run, unmount

SECONDS = 6
THREADS = 3
NAMES = 12
CHECKS = {
    "ext4": ["e2fsck", "-f", "-n"],
    "xfs": ["xfs_repair", "-n"],
    "btrfs": ["btrfs", "check"],
}

# Of a file: when it was asked for and done, in the log below, and the pieces that it consists of, each a seed and a length.
Version = collections.namedtuple("Version", "asked done pieces")


def content(pieces):
    return b"".join(random.Random(seed).randbytes(length) for seed, length in pieces)


def sync(path):
    file = os.open(path, os.O_RDONLY)
    os.fsync(file)
    os.close(file)


class Files(threading.Thread):
    """Works on files of its own, and remembers all their versions."""

    def __init__(self, number, source, place, stopped):
        super().__init__(daemon=True)
        self.directory = f"files/{number}"
        self.random = random.Random(source.randrange(1 << 32))
        self.place = place
        self.stopped = stopped
        self.versions = collections.defaultdict(list)
        self.defect = None

    def run(self):
        try:
            os.mkdir(self.directory)
            sync("files")
            while not self.stopped.is_set():
                self.random.choices([self.replace, self.append, self.delete], [5, 3, 1])[0]()
        except Exception as error:
            self.defect = error

    def some_name(self):
        return f"{self.directory}/{self.random.randrange(NAMES)}"

    def piece(self):
        return self.random.randrange(1 << 32), self.random.choice([100, 4096, 30000, 200000, 1000000])

    def done(self, name, pieces, action):
        asked = self.place()
        self.versions[name].append(Version(asked, None, pieces))
        action()
        self.versions[name][-1] = Version(asked, self.place(), pieces)

    def replace(self):
        name, pieces = self.some_name(), (self.piece(),)
        with open(name + ".new", "wb") as file:
            file.write(content(pieces))
            file.flush()
            os.fsync(file.fileno())

        def action():
            os.rename(name + ".new", name)
            sync(self.directory)

        self.done(name, pieces, action)

    def append(self):
        name = self.some_name()
        if not self.versions[name] or not self.versions[name][-1].pieces:
            return
        piece = self.piece()

        def action():
            with open(name, "ab") as file:
                file.write(content([piece]))
                file.flush()
                os.fsync(file.fileno())

        self.done(name, (*self.versions[name][-1].pieces, piece), action)

    def delete(self):
        name = self.some_name()
        if self.versions[name] and self.versions[name][-1].pieces:

            def action():
                os.unlink(name)
                sync(self.directory)

            self.done(name, (), action)


def allowed(versions, place):
    """What a file may be after a power cut at this place: its last synced version, and those that were asked for since."""
    first = max((number for number, version in enumerate(versions) if version.done is not None and version.done <= place), default=-1)
    later = [version.pieces for version in versions[first + 1 :] if version.asked <= place]
    return [versions[first].pieces if first >= 0 else (), *later]


def is_one_of(found, candidates):
    """Of what was being appended any first part may be there."""
    for number, pieces in enumerate(candidates):
        whole = content(pieces)
        if found == whole:
            return True
        before = candidates[number - 1] if number else pieces
        if before and pieces[: len(before)] == before and len(found) >= len(content(before)) and whole.startswith(found.rstrip(b"\0")):
            return True
    return False


class Load:
    size = 320 << 20

    def __init__(self, source, kind):
        self.random = source
        self.kind = kind
        self.threads = []

    def run(self, daemon, volume, lower):
        device = BlockDevice(volume.socket, "upper.nbd")
        make_file_system(self.kind, device.path)
        os.mkdir("files")
        mount(device.path, "files")
        run("sync", "--file-system", "files")
        stopped = threading.Event()
        self.threads = [Files(number, self.random, lower.logged, stopped) for number in range(THREADS)]
        for thread in self.threads:
            thread.start()
        time.sleep(SECONDS)
        stopped.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive(), "a file operation does not end"
            if thread.defect:
                raise thread.defect
        unmount("files")
        device.let_go()

    @property
    def places(self):
        return [version.done for thread in self.threads for versions in thread.versions.values() for version in versions]

    def told(self):
        return f"{len(self.places)} operations on files of {self.kind}"

    def check(self, daemon, place):
        run("nbdcopy", f"nbd+unix:///v?socket={daemon.pool}/run/nbd.sock", "volume.img")
        mount("volume.img", "files", "-o", "loop")
        try:
            count = sum(self.check_files(thread, place) for thread in self.threads)
        finally:
            unmount("files")
        result = subprocess.run([*CHECKS[self.kind], "volume.img"], capture_output=True, text=True)
        assert result.returncode == 0, f"{self.kind}: {result.stdout} {result.stderr}"
        return f"{count} files as synced, and nothing wrong with the file system"

    def check_files(self, thread, place):
        """How many of its files there are."""
        present = 0
        for name, versions in thread.versions.items():
            candidates = allowed(versions, place)
            found = b""
            if os.path.exists(name):
                present += 1
                with open(name, "rb") as file:
                    found = file.read()
            assert is_one_of(found, candidates), f"{name} has {len(found)} bytes that are none of {candidates}"
        return present
