"""What the kernel knows about a server's process, and how to make the page cache forget its files."""
import os
import signal
import socket as sockets
import subprocess
import time

_TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid):
    """User and system time of all threads, io_uring's workers included; not the kernel's own write-back threads."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * _TICK_SECONDS


def machine_busy_seconds():
    """All processors' time but idle, waiting for the disk, and stolen."""
    with open("/proc/stat") as lines:
        user, nice, system, _idle, _wait, interrupts, soft = (int(value) for value in lines.readline().split()[1:8])
    return (user + nice + system + interrupts + soft) * _TICK_SECONDS


def pin(pid, processors):
    """Lets all threads of a process run on these processors only, and those that they will start."""
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            os.sched_setaffinity(int(thread), processors)
        except OSError:
            pass  # it has ended, or is one of the kernel's


def _values(pid, file):
    with open(f"/proc/{pid}/{file}") as lines:
        return dict(line.split(":", 1) for line in lines if ":" in line)


def resident_bytes(pid):
    return int(_values(pid, "status")["VmRSS"].split()[0]) * 1024


def written_bytes(pid):
    """What the process has sent towards the disk: dirtied pages and direct writes."""
    return int(_values(pid, "io")["write_bytes"])


def dirty_limit_bytes():
    """The most written data that the kernel keeps in memory before it makes writers wait."""
    with open("/proc/sys/vm/dirty_bytes") as limit, open("/proc/sys/vm/dirty_ratio") as percent:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")  # more than can be dirty: the limit rounded up
        return int(limit.read()) or memory * int(percent.read()) // 100


def used_bytes(directory):
    """As du counts; files may vanish meanwhile."""
    total = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            try:
                total += os.lstat(os.path.join(parent, name)).st_blocks * 512
            except FileNotFoundError:
                pass
    return total


def count_files(directory):
    return sum(len(names) for _, _, names in os.walk(directory))


def forget_pages(path):
    """Takes a file, or the files under a directory, out of the page cache. Only these: others use the machine too."""
    files = [path] if os.path.isfile(path) else [os.path.join(d, n) for d, _, names in os.walk(path) for n in names]
    for file in files:
        if not os.path.isfile(file):
            continue
        try:
            descriptor = os.open(file, os.O_RDONLY)
        except FileNotFoundError:
            continue
        try:
            os.fdatasync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(descriptor)


def forget_names():
    """Makes the kernel forget directory entries and inodes that nobody uses, everybody's: it cannot be told which. Needs root."""
    with open("/proc/sys/vm/drop_caches", "w") as control:
        control.write("2")  # not pages, which others would miss more


def wait_for(what, condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(0.02)


def wait_until_idle(pid, seconds=30):
    """Until the process has used less than a tenth of a core for half a second, twice; gives up silently."""
    deadline = time.monotonic() + seconds
    quiet = 0
    while quiet < 2 and time.monotonic() < deadline:
        before = cpu_seconds(pid)
        time.sleep(0.5)
        quiet = quiet + 1 if cpu_seconds(pid) - before < 0.05 else 0


def _listens(path):
    with sockets.socket(sockets.AF_UNIX) as client:
        return client.connect_ex(path) == 0


class Server:
    """A server in the foreground, killed with the benchmark; its output goes to a file that a failure shows."""

    def __init__(self, command, socket, log, ready_seconds=60):
        self.command = command
        self.socket = socket
        with open(log, "ab") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            wait_for(command[0], lambda: self._accepts(socket, log), ready_seconds)
        except BaseException:
            self.stop()
            raise

    def _accepts(self, socket, log):
        if self.process.poll() is not None:
            with open(log, errors="replace") as output:
                raise RuntimeError(f"{' '.join(self.command)} ended: {output.read()[-2000:]}")
        return _listens(socket)

    @property
    def pid(self):
        return self.process.pid

    def stop(self, number=signal.SIGTERM, seconds=60):
        if self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(seconds)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
