"""What a disk may hold, sector by sector, whatever moment its server died at."""

import array
import struct
import threading

SECTOR = 512
BLOCK = 4096


def whole_blocks(length, offset):
    """Of a range the whole blocks, as discarding leaves the rest as it is: where they begin, and their length."""
    begin = -(-offset // BLOCK) * BLOCK
    return begin, max(0, (offset + length) // BLOCK * BLOCK - begin)


def stamped(stamps):
    """The bytes of sectors that each repeat one number; 0 is what was never written."""
    return b"".join(struct.pack("=Q", stamp) * (SECTOR // 8) for stamp in stamps)


def stamps_of(data):
    """The numbers of sectors, None where a sector does not repeat one: torn or foreign."""
    words = memoryview(data).cast("Q")[:: SECTOR // 8].tolist()
    if stamped(words) == data:
        return words
    return [word if data[i * SECTOR : (i + 1) * SECTOR] == stamped([word]) else None for i, word in enumerate(words)]


class Disk:
    """A volume or snapshot: what each sector holds, or may hold where a request was not answered."""

    def __init__(self, sectors):
        self.known = array.array("Q", bytes(8 * sectors))
        self.possible = {}
        self.lock = threading.Lock()
        self.copies = []

    def submit(self, first, stamps):
        """A request is on its way. Until it is acknowledged, both old and new may be found."""
        with self.lock:
            for disk in [self, *self.copies]:
                disk.may_hold(first, stamps)

    def may_hold(self, first, stamps):
        for sector, stamp in enumerate(stamps, first):
            self.possible.setdefault(sector, {self.known[sector]}).add(stamp)

    def acknowledge(self, first, stamps):
        with self.lock:
            self.known[first : first + len(stamps)] = array.array("Q", stamps)
            for sector in range(first, first + len(stamps)):
                self.possible.pop(sector, None)

    def begin_copy(self):
        """A snapshot or clone is asked for: it holds what is there now, and of what is written until then any part."""
        with self.lock:
            copy = Disk(0)
            copy.known = self.known[:]
            copy.possible = {sector: set(stamps) for sector, stamps in self.possible.items()}
            self.copies.append(copy)
            return copy

    def end_copy(self, copy):
        with self.lock:
            self.copies.remove(copy)

    def settle(self, data, name):
        """Compares with what is really there; what was uncertain is known from then on."""
        assert len(data) == len(self.known) * SECTOR, f"{name} has {len(data)} bytes"
        found = stamps_of(data)
        for sector, stamp in enumerate(found):
            allowed = self.possible.get(sector, {self.known[sector]})
            if stamp not in allowed:
                raise AssertionError(
                    f"{name}: sector {sector} (offset {sector * SECTOR}) holds {stamp}, not one of {sorted(allowed)}")
        self.known = array.array("Q", found)
        self.possible = {}
