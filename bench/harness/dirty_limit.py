"""How much dirty data the kernel keeps before who writes has to wait."""
import contextlib
import os


def pages_bytes():
    """The limit as it is at the moment."""
    with open("/proc/vmstat") as lines:
        pages = next(int(line.split()[1]) for line in lines if line.startswith("nr_dirty_threshold "))
    return pages * os.sysconf("SC_PAGE_SIZE")


def _control(name, value=None):
    path = "/proc/sys/vm/" + name
    if value is None:
        with open(path) as file:
            return int(file.read())
    with open(path, "w") as file:
        file.write(str(value))


@contextlib.contextmanager
def lowered(limit):
    """Sets it for the whole machine for a while, in bytes; 0 leaves it. Needs root."""
    before = {name: _control(name) for name in ["dirty_ratio", "dirty_bytes", "dirty_background_ratio", "dirty_background_bytes"]}
    try:
        if limit:
            _control("dirty_background_bytes", limit // 2)
            _control("dirty_bytes", limit)
        yield
    finally:
        # Of each pair one is 0; setting the other one makes it so.
        for name, value in before.items():
            if value:
                _control(name, value)
