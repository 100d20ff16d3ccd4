"""A client, over NBD or shared memory, that logs what was acknowledged to it."""

import nbd

from block_log import SECTOR, Writer
from logged_volume import History
from parts import some_blocks, some_parts, some_sectors


class Recorder:
    def __init__(self, handle, log, size, source, depth):
        self.handle = handle
        self.path = log
        self.log = Writer(log)
        self.size = size
        self.random = source
        self.depth = depth
        self.flushed = self.log.length()  # how much of the log is
        self.flushes = 0
        self.refused = []  # parts of the disk that nobody knows what they hold

    def together(self):
        """Some requests that do not overlap. Returns whether all were acknowledged."""
        requests = [self.begin(start) for start in some_parts(self.random, self.size, self.depth)]
        count = len(self.refused)
        while requests:
            self.handle.poll(1000)
            requests = [request for request in requests if not self.ended(*request)]
        return len(self.refused) == count

    def begin(self, start):
        if self.random.random() < 0.1:
            offset, length = some_blocks(self.random, start)
            return self.handle.aio_trim(length, offset), offset, length, None
        offset, length = some_sectors(self.random, start)
        data = self.random.randbytes(length)
        return self.handle.aio_pwrite(data, offset), offset, length, data

    def ended(self, cookie, offset, length, data):
        try:
            if not self.handle.aio_command_completed(cookie):
                return False
            self.log.clear(offset, length) if data is None else self.log.write(offset, data)
        except (nbd.Error, OSError):
            self.refused.append((offset, length))
        return True

    def flush(self):
        """Returns whether it was acknowledged."""
        try:
            cookie = self.handle.aio_flush()
            while not self.handle.aio_command_completed(cookie):
                self.handle.poll(1000)
        except (nbd.Error, OSError):
            return False
        self.log.flush()
        self.flushed = self.log.length()
        self.flushes += 1
        return True

    def check(self, found, whole, unread=()):
        """What was acknowledged is there: all of it, or what was flushed and a first part of the rest. Returns how much of the rest."""
        history = History(self.path, self.size)
        history.replay(self.log.length() if whole else self.flushed)
        unknown = {sector for offset, length in [*self.refused, *unread] for sector in range(offset, offset + length, SECTOR)}
        later = history.later(found, unknown)
        if later is None:
            wrong = sorted(history.differing(found) - unknown)
            raise AssertionError(f"{len(wrong)} sectors hold something else than was acknowledged, {whole=}; from {wrong[:5]}")
        return later
