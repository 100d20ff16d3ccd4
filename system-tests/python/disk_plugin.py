"""A disk with faults, a plugin of nbdkit: what is done to it is written into a log (block_log.py), and it fails as it is told to.

nbdkit python disk_plugin.py disk=FILE size=BYTES log=FILE faults=FILE

The file of faults, which is looked at before each request, holds a list in JSON: {"operations": ["write", "flush"], "fault": KIND},
and if wanted "from" and "to", a range of offsets, and "chance". Kinds: "error" is EIO and nothing done; "forget" is EIO and all that
was written since the last flush is as it was before; "slow" takes "seconds" longer.
"""

import errno
import json
import os
import pathlib
import random
import sys
import time

import nbdkit

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import block_log
import disk_clearing

API_VERSION = 2

settings = {}


class Failed(Exception):
    pass


class Faults:
    def __init__(self, path):
        self.path = path
        self.version = None
        self.rules = []

    def of(self, operation, offset, length):
        """The rules that this request falls under."""
        self.refresh()
        return [
            rule
            for rule in self.rules
            if operation in rule["operations"]
            and (length == 0 or rule.get("from", 0) < offset + length and offset < rule.get("to", offset + 1))
            and random.random() < rule.get("chance", 1)
        ]

    def refresh(self):
        """Whoever changes the file puts another one in its place."""
        status = os.stat(self.path)
        version = status.st_ino, status.st_mtime_ns
        if version != self.version:
            self.rules = json.loads(pathlib.Path(self.path).read_text())
            self.version = version


class Disk:
    def __init__(self):
        self.file = os.open(settings["disk"], os.O_RDWR | os.O_CREAT)
        self.size = int(settings["size"])
        os.ftruncate(self.file, self.size)
        self.log = block_log.Writer(settings["log"])
        self.faults = Faults(settings["faults"])
        self.before = []  # what was there, of each write since the last flush

    def check(self, operation, offset=0, length=0):
        for rule in self.faults.of(operation, offset, length):
            if rule["fault"] == "slow":
                time.sleep(rule["seconds"])
                continue
            if rule["fault"] == "forget":
                self.forget()
            raise Failed(f"{operation} at {offset} fails, as it was told to")

    def forget(self):
        for offset, data in reversed(self.before):
            os.pwrite(self.file, data, offset)
            self.log.write(offset, data)
        self.before = []

    def read(self, offset, length):
        self.check("read", offset, length)
        return os.pread(self.file, length, offset)

    def write(self, offset, data):
        self.check("write", offset, len(data))
        self.before.append((offset, os.pread(self.file, len(data), offset)))
        os.pwrite(self.file, data, offset)
        self.log.write(offset, data)

    def clear(self, operation, offset, length):
        """Is durable at once, as far as forgetting goes: a disk may do that."""
        self.check(operation, offset, length)
        disk_clearing.clear(self.file, offset, length)
        self.log.clear(offset, length)

    def flush(self):
        self.check("flush")
        self.before = []
        self.log.flush()


def config(key, value):
    settings[key] = value


def thread_model():
    return nbdkit.THREAD_MODEL_SERIALIZE_ALL_REQUESTS


disk = None


def open(readonly):
    global disk
    disk = disk or Disk()
    return disk


def get_size(disk):
    return disk.size


def can_fua(disk):
    return nbdkit.FUA_NONE


def can_multi_conn(disk):
    return True


def answered(call, *arguments):
    try:
        return call(*arguments)
    except Failed:
        nbdkit.set_error(errno.EIO)
        raise


def pread(disk, buffer, offset, flags):
    buffer[:] = answered(disk.read, offset, len(buffer))


def pwrite(disk, buffer, offset, flags):
    answered(disk.write, offset, bytes(buffer))


def zero(disk, length, offset, flags):
    answered(disk.clear, "write", offset, length)


def trim(disk, length, offset, flags):
    answered(disk.clear, "trim", offset, length)


def flush(disk, flags):
    answered(disk.flush)
