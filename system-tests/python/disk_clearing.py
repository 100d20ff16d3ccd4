"""Making a range of a file read as zeroes."""

import ctypes
import os

KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE = 1, 2, 16
LIBC = ctypes.CDLL(None, use_errno=True)
LIBC.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long]


def fallocate(file, mode, offset, length):
    if LIBC.fallocate(file, KEEP_SIZE | mode, offset, length) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def clear(file, offset, length):
    """Gives its space back."""
    fallocate(file, PUNCH_HOLE, offset, length)


def zero(file, offset, length):
    """Keeps its space."""
    fallocate(file, ZERO_RANGE, offset, length)
