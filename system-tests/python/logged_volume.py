"""A volume with QEMU's blklogwrites above it, and what the log says it has to hold."""

import os

import nbd

from block_log import FLUSH, SECTOR, entries
from lower_disk import await_file, spawn

CHUNK = 128 * SECTOR


class LoggedVolume:
    """Whoever writes through this socket has it logged."""

    def __init__(self, daemon, volume):
        self.socket = "upper.sock"
        self.log = "upper.log"
        open(self.log, "wb").close()
        self.process = spawn(
            "qemu-storage-daemon",
            "--blockdev", f"nbd,node-name=volume,server.type=unix,server.path={daemon.pool}/run/nbd.sock,export={volume},discard=unmap",
            "--blockdev", f"file,node-name=log,filename={self.log}",
            "--blockdev", "blklogwrites,node-name=logged,file=volume,log=log,log-sector-size=512,discard=unmap",
            "--nbd-server", f"addr.type=unix,addr.path={self.socket}",
            "--export", "nbd,id=export,node-name=logged,name=,writable=on",
        )
        await_file(self.socket)

    def connect(self):
        handle = nbd.NBD()
        handle.connect_unix(self.socket)
        return handle

    def logged(self):
        """How long the log is: all that has been acknowledged so far lies before that."""
        return os.path.getsize(self.log)

    def end(self):
        self.process.terminate()
        self.process.wait(30)


def apply(state, entry):
    """Does to a bytearray what was done to the disk."""
    if not entry.kind & FLUSH or entry.length:
        state[entry.offset : entry.offset + entry.length] = entry.data or bytes(entry.length)


def sector(entry, at):
    return entry.data[at : at + SECTOR] if entry.data else bytes(SECTOR)


class History:
    """What the log says, replayed as far as is asked for, which may only be further each time."""

    def __init__(self, log, size):
        self.entries = list(entries(log))
        self.state = bytearray(size)
        self.at = 0

    def replay(self, place):
        while self.at < len(self.entries) and self.entries[self.at].end <= place:
            apply(self.state, self.entries[self.at])
            self.at += 1

    def later(self, found, unknown=frozenset()):
        """How many entries after those that have been replayed make it what was found, or None. The next one may be there in part.

        Sectors that are unknown may hold anything.
        """
        differing = self.differing(found) - unknown
        for count, entry in enumerate(self.entries[self.at :]):
            sectors = [(entry.offset + at, sector(entry, at)) for at in range(0, entry.length, SECTOR)]
            as_asked = {offset for offset, data in sectors if found[offset : offset + SECTOR] == data}
            if differing <= as_asked:
                return count
            differing |= {offset for offset, _ in sectors}
            differing -= as_asked | unknown
        return None if differing else len(self.entries) - self.at

    def differing(self, found):
        """The offsets of the sectors that are not as replayed."""
        assert len(found) == len(self.state)
        return {
            offset
            for chunk in range(0, len(found), CHUNK)
            if found[chunk : chunk + CHUNK] != self.state[chunk : chunk + CHUNK]
            for offset in range(chunk, min(chunk + CHUNK, len(found)), SECTOR)
            if found[offset : offset + SECTOR] != self.state[offset : offset + SECTOR]
        }
