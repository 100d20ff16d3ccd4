"""What a vPool lies on, in tests that let it fail: a file system on a block device that disk_plugin.py is behind."""

import json
import os
import subprocess
import time

from confinement import die_with_parent

HERE = os.path.dirname(os.path.abspath(__file__))
MAKE = {
    "ext4": ["mkfs.ext4", "-q", "-E", "nodiscard,lazy_itable_init=0"],
    # Whose fsync has errors of its own caller only, and which stays as it is after one.
    "ext4-without-journal": ["mkfs.ext4", "-q", "-E", "nodiscard,lazy_itable_init=0", "-O", "^has_journal"],
    "xfs": ["mkfs.xfs", "-q", "-K"],
    "btrfs": ["mkfs.btrfs", "-q", "-K", "--metadata", "single"],
}


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def mount(device, directory, *options):
    """Of disks with the same identity btrfs shall know one only."""
    subprocess.run(["btrfs", "device", "scan", "--forget"], capture_output=True)
    run("mount", *options, device, directory)


def unmount(directory):
    """The kernel may still be ending the io_uring of a process that is gone."""
    limit = time.monotonic() + 10
    while subprocess.run(["umount", directory], capture_output=time.monotonic() < limit, check=time.monotonic() > limit).returncode:
        time.sleep(0.05)


def spawn(*command):
    """What it says, such as of each fault, goes into a file."""
    with open(os.path.basename(command[0]) + ".err", "ab") as said:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=said, preexec_fn=die_with_parent)


def await_file(path):
    limit = time.monotonic() + 30
    while not os.path.exists(path):
        assert time.monotonic() < limit, f"{path} does not appear"
        time.sleep(0.01)


class BlockDevice:
    """What an NBD server has, as a block device, which ends with this process or when it is let go."""

    def __init__(self, socket, directory, export=""):
        self.directory = directory
        os.mkdir(directory)
        self.process = spawn("nbdfuse", directory + "/disk", f"nbd+unix:///{export}?socket={os.path.abspath(socket)}")
        await_file(directory + "/disk")
        command = ["losetup", "--find", "--show", "--direct-io=on", directory + "/disk"]
        self.path = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
        self.file = os.open(self.path, os.O_RDONLY)
        run("losetup", "--detach", self.path)  # as soon as nobody has it open any more

    def let_go(self):
        os.close(self.file)
        unmount(self.directory)
        self.process.wait(30)
        os.rmdir(self.directory)


def make_file_system(kind, device):
    run(*MAKE[kind], device)


class LowerDisk:
    def __init__(self, mebibytes, kind="ext4", name="lower"):
        self.name = name
        self.log = name + ".log"
        self.size = mebibytes << 20
        self.fails()
        socket = name + ".sock"
        files = [f"disk={name}.disk", f"log={self.log}", f"faults={name}.faults"]
        spawn("nbdkit", "--foreground", "--unix", socket, "python", HERE + "/disk_plugin.py", f"size={self.size}", *files)
        await_file(socket)
        self.device = BlockDevice(socket, name + ".nbd")
        make_file_system(kind, self.device.path)

    def fails(self, *rules):
        """Has these faults from now on, and no others."""
        with open(self.name + ".faults.new", "w") as file:
            json.dump(rules, file)
        os.rename(self.name + ".faults.new", self.name + ".faults")

    def has_failed(self):
        """Whether a request has failed as it was told to."""
        with open("nbdkit.err") as said:
            return "as it was told to" in said.read()

    def logged(self):
        return os.path.getsize(self.log)

    def mount(self, directory):
        os.makedirs(directory, exist_ok=True)
        mount(self.device.path, directory)
