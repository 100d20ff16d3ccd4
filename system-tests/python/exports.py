"""Ways to a volume, each with as much of libnbd's interface as load.py needs."""

import ctypes
import errno
import os
import select
import struct

import vhost
from disk_clearing import clear, zero
from model import SECTOR, whole_blocks


class Connected:
    """What is asked for has been done when the call returns."""

    def aio_command_completed(self, _):
        return True

    def poll(self, _):
        pass


class Mounted(Connected):
    """A file of the mount."""

    def __init__(self, path):
        self.file = os.open(path, os.O_RDWR)
        # From its first close on the kernel knows that it need not tell of any: the daemon's start, whose process begins with all files
        # of this one and closes them, must not wait for the daemon.
        os.close(os.dup(self.file))

    def aio_pwrite(self, data, offset, flags=0):
        assert os.pwrite(self.file, data, offset) == len(data)

    def aio_trim(self, length, offset, flags=0):
        begin, length = whole_blocks(length, offset)
        if length:
            clear(self.file, begin, length)

    def aio_zero(self, length, offset, flags=0):
        zero(self.file, offset, length)

    def aio_flush(self):
        os.fsync(self.file)

    def pread(self, length, offset):
        return os.pread(self.file, length, offset)

    def shutdown(self):
        os.close(self.file)


class Library(Connected):
    """libvolary."""

    def __init__(self, library, pool, volume):
        self.library = ctypes.CDLL(library)
        self.library.volary_error.restype = ctypes.c_char_p
        self.pool, self.volume = ctypes.c_void_p(), ctypes.c_void_p()
        self.call("volary_pool_open", pool.encode(), ctypes.byref(self.pool))
        self.call("volary_open", self.pool, volume.encode(), None, ctypes.byref(self.volume))

    def call(self, name, *arguments):
        if getattr(self.library, name)(*arguments) < 0:
            raise OSError(errno.EIO, f"{name}: {self.library.volary_error().decode()}")

    def aio_pwrite(self, data, offset, flags=0):
        self.call("volary_write", self.volume, data, ctypes.c_size_t(len(data)), ctypes.c_uint64(offset))

    def aio_trim(self, length, offset, flags=0):
        self.call("volary_discard", self.volume, ctypes.c_uint64(length), ctypes.c_uint64(offset))

    def aio_zero(self, length, offset, flags=0):
        self.call("volary_write_zeroes", self.volume, ctypes.c_uint64(length), ctypes.c_uint64(offset), 0)

    def aio_flush(self):
        self.call("volary_flush", self.volume)

    def pread(self, length, offset):
        buffer = ctypes.create_string_buffer(length)
        self.call("volary_read", self.volume, buffer, ctypes.c_size_t(length), ctypes.c_uint64(offset))
        return buffer.raw

    def shutdown(self):
        self.library.volary_close(self.volume)
        self.library.volary_pool_close(self.pool)


class SharedMemory:
    """vhost-user-blk, by a front-end that does not connect anew."""

    SLOTS = 9

    def __init__(self, socket):
        self.disk = vhost.Disk(socket, self.SLOTS)
        self.free = list(range(self.SLOTS))

    def begin(self, kind, *arguments, **named):
        slot = self.free.pop()
        self.disk.begin(slot, kind, *arguments, **named)
        return slot

    def aio_pwrite(self, data, offset, flags=0):
        return self.begin(vhost.WRITE, offset, data)

    def aio_trim(self, length, offset, flags=0):
        return self.begin(vhost.DISCARD, 0, struct.pack("<QII", offset // SECTOR, length // SECTOR, 0))

    def aio_zero(self, length, offset, flags=0):
        return self.begin(vhost.WRITE_ZEROES, 0, struct.pack("<QII", offset // SECTOR, length // SECTOR, 0))

    def aio_flush(self):
        return self.begin(vhost.FLUSH)

    def aio_command_completed(self, slot):
        status = self.disk.ended(slot)
        if status is None:
            return False
        self.free.append(slot)
        if status != 0:
            raise OSError(errno.EIO, f"a request ends with status {status}")
        return True

    def poll(self, millis):
        """Until something has happened. Nothing comes over the socket but its end."""
        ready, _, _ = select.select([self.disk.call, self.disk.socket], [], [], millis / 1000)
        if self.disk.socket in ready:
            raise OSError(errno.ECONNRESET, "the daemon is gone")
        if self.disk.call in ready:
            os.eventfd_read(self.disk.call)

    def pread(self, length, offset):
        slot = self.begin(vhost.READ, offset, length=length)
        while not self.aio_command_completed(slot):
            self.poll(1000)
        return self.disk.data(slot, length)

    def shutdown(self):
        self.disk.close()
