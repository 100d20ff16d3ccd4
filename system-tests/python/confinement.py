"""What a daemon under test is confined by, run between fork and exec."""

import ctypes
import platform
import signal
import struct

PR_SET_PDEATHSIG = 1
PR_SET_NO_NEW_PRIVS = 38
PR_SET_SECCOMP = 22
SECCOMP_MODE_FILTER = 2
SECCOMP_RET_ALLOW = 0x7FFF0000
SECCOMP_RET_ERRNO = 0x00050000
EPERM = 1
IO_URING_SETUP = 425  # the same on x86-64 and aarch64
LIBC = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    """Whatever ends the test ends the daemon."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0)


def deny_io_uring():
    """What containers do: io_uring_setup fails with EPERM."""
    assert platform.machine() in ("x86_64", "aarch64")
    program = b"".join(
        [
            struct.pack("=HBBI", 0x20, 0, 0, 0),  # load the number of the system call
            struct.pack("=HBBI", 0x15, 0, 1, IO_URING_SETUP),  # if it is not this one, skip one instruction
            struct.pack("=HBBI", 0x06, 0, 0, SECCOMP_RET_ERRNO | EPERM),
            struct.pack("=HBBI", 0x06, 0, 0, SECCOMP_RET_ALLOW),
        ]
    )
    instructions = ctypes.create_string_buffer(program, len(program))
    filter_program = struct.pack("=HxxxxxxQ", 4, ctypes.addressof(instructions))
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0)
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_program)


def prctl(option, first, second):
    if LIBC.prctl(option, ctypes.c_ulong(first), second if isinstance(second, bytes) else ctypes.c_ulong(second), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")
