"""A small vhost-user front-end: one split ring, and requests of at most 1 MiB, each in a slot of its own."""

import mmap
import os
import select
import socket
import struct
import time

READ, WRITE, FLUSH, DISCARD, WRITE_ZEROES = 0, 1, 4, 11, 13
SLOT_BYTES = 2 << 20
DATA = 4096
RING = 64
DESCRIPTORS, AVAILABLE, USED = 0, 0x2000, 0x3000
USER = 1 << 40
FEATURES = 1 << 32 | 1 << 30 | 1 << 14 | 1 << 13 | 1 << 9  # virtio 1, protocol features, write zeroes, discard, flush


class Disk:
    """An attached disk. Each slot has at most one request, from begin() to end()."""

    def __init__(self, path, slots=8):
        self.size = 0x100000 + slots * SLOT_BYTES
        self.memfd = os.memfd_create("guest")
        os.ftruncate(self.memfd, self.size)
        self.memory = mmap.mmap(self.memfd, self.size)
        # Indexes as single loads and stores, which struct's are not: the other side looks at any time.
        self.available_index, self.used_index = (
            memoryview(self.memory)[ring + 2 : ring + 4].cast("H") for ring in (AVAILABLE, USED)
        )
        self.kick, self.call = os.eventfd(0, os.EFD_NONBLOCK), os.eventfd(0, os.EFD_NONBLOCK)
        self.offered = self.taken = 0
        self.done = {}
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(30)
        self.socket.connect(path)
        self.attach()

    def attach(self):
        self.send(3)
        (offered,) = struct.unpack("<Q", self.ask(1))
        self.send(2, struct.pack("<Q", FEATURES & offered))
        self.send(16, struct.pack("<Q", 0))
        self.send(5, struct.pack("<IIQQQQ", 1, 0, 0, self.size, USER, 0), self.memfd)
        self.send(8, struct.pack("<II", 0, RING))
        self.send(10, struct.pack("<II", 0, 0))
        self.send(9, struct.pack("<IIQQQQ", 0, 0, USER + DESCRIPTORS, USER + USED, USER + AVAILABLE, 0))
        self.send(12, struct.pack("<Q", 0), self.kick)
        self.send(13, struct.pack("<Q", 0), self.call)
        self.send(18, struct.pack("<II", 0, 1))

    def send(self, message, payload=b"", *descriptors):
        socket.send_fds(self.socket, [struct.pack("<III", message, 1, len(payload)) + payload], descriptors)

    def ask(self, message, payload=b""):
        """A message that is answered by eight bytes."""
        self.send(message, payload)
        answer = self.socket.recv(20, socket.MSG_WAITALL)
        assert len(answer) == 20 and answer[0] == message, answer
        return answer[12:]

    def stop_ring(self):
        """GET_VRING_BASE: returns when nothing is in flight any more."""
        self.ask(11, struct.pack("<II", 0, 0))

    def begin(self, slot, kind, offset=0, data=None, length=0):
        at = 0x100000 + slot * SLOT_BYTES
        self.memory[at : at + 16] = struct.pack("<IIQ", kind, 0, offset // 512)
        if data is not None:
            length = len(data)
            self.memory[at + DATA : at + DATA + length] = data
        self.done[slot] = None
        parts = [(at, 16, 0), (at + DATA, length, 2 if kind == READ else 0), (at + 16, 1, 2)]
        parts = [part for part in parts if part[1]]
        for i, (address, size, flags) in enumerate(parts):
            number = slot * 3 + i
            more = i + 1 < len(parts)
            self.memory[DESCRIPTORS + number * 16 : DESCRIPTORS + number * 16 + 16] = struct.pack(
                "<QIHH", address, size, flags | more, number + 1 if more else 0
            )
        struct.pack_into("<H", self.memory, AVAILABLE + 4 + self.offered % RING * 2, slot * 3)
        self.offered += 1
        self.available_index[0] = self.offered & 0xFFFF
        os.eventfd_write(self.kick, 1)

    def ended(self, slot):
        """The status of a request, or None."""
        while (self.used_index[0] - self.taken) & 0xFFFF:
            (head,) = struct.unpack_from("<I", self.memory, USED + 4 + self.taken % RING * 8)
            self.taken += 1
            self.done[head // 3] = self.memory[0x100000 + head // 3 * SLOT_BYTES + 16]
        return self.done[slot]

    def end(self, slot, seconds=30):
        """Waits for a request; returns its status."""
        limit = time.monotonic() + seconds
        while self.ended(slot) is None:
            left = limit - time.monotonic()
            assert left > 0, f"the request in slot {slot} does not end"
            select.select([self.call], [], [], min(left, 0.1))
            try:
                os.eventfd_read(self.call)
            except BlockingIOError:
                pass
        return self.done[slot]

    def run(self, slot, kind, offset=0, data=None, length=0):
        self.begin(slot, kind, offset, data, length)
        return self.end(slot)

    def read(self, slot, offset, length):
        assert self.run(slot, READ, offset, length=length) == 0
        return self.data(slot, length)

    def data(self, slot, length):
        at = 0x100000 + slot * SLOT_BYTES + DATA
        return self.memory[at : at + length]

    def close(self):
        self.socket.close()
        self.available_index.release()
        self.used_index.release()
        self.memory.close()
        for descriptor in (self.memfd, self.kick, self.call):
            os.close(descriptor)
