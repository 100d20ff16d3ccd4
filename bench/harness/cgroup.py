"""A limit on the memory of a process and all that it makes the kernel keep, page cache included. Needs root."""
import os
import time

_ROOT = "/sys/fs/cgroup"


class MemoryLimit:
    """A cgroup of its own; `launcher` goes before a command that is to run in it."""

    def __init__(self, limit_bytes):
        self._version1 = os.path.isdir(_ROOT + "/memory")
        parent = _ROOT + "/memory" if self._version1 else _ROOT
        self._directory = os.path.join(parent, f"volary-bench-{os.getpid()}")
        self.limit_bytes = limit_bytes

    def __enter__(self):
        os.mkdir(self._directory)
        self._write("memory.limit_in_bytes" if self._version1 else "memory.max", self.limit_bytes)
        return self

    def __exit__(self, *_):
        for _ in range(50):  # the kernel may still be ending what was in it
            try:
                return os.rmdir(self._directory)
            except OSError:
                time.sleep(0.1)

    @property
    def launcher(self):
        return ["sh", "-c", f"echo $$ >{self._directory}/cgroup.procs && exec \"$@\"", "sh"]

    def most_bytes(self):
        """The most that was in use, page cache included: it grows to the limit, and makes room when more is needed."""
        return int(self._read("memory.max_usage_in_bytes" if self._version1 else "memory.peak"))

    def _write(self, file, value):
        with open(os.path.join(self._directory, file), "w") as target:
            target.write(str(value))

    def _read(self, file):
        with open(os.path.join(self._directory, file)) as source:
            return source.read()
