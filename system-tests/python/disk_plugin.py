"""A disk with faults, a plugin of nbdkit: what is done to it is written into a log (block_log.py), and it fails as it is told to.

nbdkit python disk_plugin.py disk=FILE size=BYTES log=FILE faults=FILE

The file of faults, which is looked at before each request, holds a list in JSON: {"operations": ["write", "flush"], "fault": KIND},
and if wanted "from" and "to", a range of offsets, "chance", and "times", after which it is over. Kinds: "error" is EIO and nothing done; "forget" is EIO and all that
was written since the last flush is as it was before; "drop" is acknowledged, and nothing done; "slow" takes "seconds" longer.
"""

import errno
import json
import math
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
            and self.happens_again(rule)
        ]

    def happens_again(self, rule):
        left = rule.get("times", math.inf)
        rule["times"] = left - 1
        return left > 0

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

    def has_to_do(self, operation, offset=0, length=0):
        """Whether it is done. Raises an error where it fails."""
        for rule in self.faults.of(operation, offset, length):
            if rule["fault"] == "slow":
                time.sleep(rule["seconds"])
                continue
            if rule["fault"] == "drop":
                return False
            if rule["fault"] == "forget":
                self.forget()
            raise Failed(f"{operation} at {offset} fails, as it was told to")
        return True

    def forget(self):
        for offset, data in reversed(self.before):
            os.pwrite(self.file, data, offset)
            self.log.write(offset, data)
        self.before = []

    def read(self, offset, length):
        self.has_to_do("read", offset, length)
        return os.pread(self.file, length, offset)

    def write(self, offset, data):
        if not self.has_to_do("write", offset, len(data)):
            return
        self.before.append((offset, os.pread(self.file, len(data), offset)))
        os.pwrite(self.file, data, offset)
        self.log.write(offset, data)

    def clear(self, operation, offset, length):
        """Is durable at once, as far as forgetting goes: a disk may do that."""
        if self.has_to_do(operation, offset, length):
            disk_clearing.clear(self.file, offset, length)
            self.log.clear(offset, length)

    def flush(self):
        if self.has_to_do("flush"):
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
