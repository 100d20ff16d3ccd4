"""The disk below as power cuts leave it, from its log."""

import os
import subprocess

from block_log import FLUSH, SECTOR, Entry, entries
from disk_clearing import clear


def write(file, entry):
    if entry.data is None:
        clear(file, entry.offset, entry.length)
    else:
        os.pwrite(file, entry.data, entry.offset)


def states(log, size, places):
    """For each of the places in the log, in order: the place, a file of what was durable there, and what was done since, in order."""
    places = sorted(places)
    file = os.open("durable.disk", os.O_RDWR | os.O_CREAT | os.O_TRUNC)
    os.ftruncate(file, size)
    since = []
    for entry in entries(log):
        while places and entry.end > places[0]:
            yield places.pop(0), "durable.disk", since
        if entry.kind & FLUSH:
            for earlier in since:
                write(file, earlier)
            since = []
        else:
            since.append(entry)
    for place in places:
        yield place, "durable.disk", since
    os.close(file)


def torn(entry, source):
    """Some of the sectors of a write: the first ones, or any."""
    count = entry.length // SECTOR
    if source.random() < 0.5:
        kept = range(source.randrange(count + 1))
    else:
        kept = [sector for sector in range(count) if source.random() < 0.5]
    for sector in kept:
        at = sector * SECTOR
        data = entry.data and entry.data[at : at + SECTOR]
        yield Entry(entry.kind, entry.offset + at, SECTOR, data, entry.end)


def cut(durable, since, source, path):
    """A disk that holds what was durable, and of the rest what a disk may hold: nothing, everything, or some, which may be torn."""
    subprocess.run(["cp", "--sparse=always", durable, path], check=True)
    file = os.open(path, os.O_RDWR)
    share = source.choice([0, 1, source.random(), source.random()])
    for entry in since:
        if source.random() >= share:
            continue
        for part in torn(entry, source) if share < 1 and source.random() < 0.2 else [entry]:
            write(file, part)
    os.close(file)
