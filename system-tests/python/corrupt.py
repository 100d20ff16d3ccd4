"""Rot: bytes that change while nobody looks. What is damaged fails and is named, all else works.

corrupt.py data|log|log-header|map|map-written|all-maps|manifest|version|half-made|taken-name
"""

import errno
import glob
import os
import random
import struct
import subprocess
import sys

import nbd

from daemon import Daemon, Refused

MIB = 1 << 20
BLOCK = 4096
NODES = 2  # the kind of a segment that holds map nodes, at byte 44 of its header
SOUND = ["sound1", "sound2", "sound3", "sound4"]  # more than event loops
DATA = 1  # the kind of a map entry that refers to data, in the top bits of its first word


def start(*volumes):
    """A daemon with volumes of 8 MiB of seeded noise, durable."""
    daemon = Daemon("vpool", {"engine": {"segmentBytes": MIB, "loops": 2}})
    daemon.start()
    contents = {}
    for name in volumes:
        contents[name] = random.Random(name).randbytes(8 * MIB)
        daemon.create(name, 8 * MIB)
        daemon.write(name, contents[name])
    return daemon, contents


def files(pattern):
    return sorted(glob.glob("vpool/volumes/*/" + pattern))


def flip(path, offset):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ 0x40]))


def place_of(data):
    """The segment file and offset where these bytes lie."""
    for path in files("segments/*.seg"):
        with open(path, "rb") as file:
            at = file.read().find(data)
        if at >= 0:
            return path, at
    raise AssertionError("the data is in no segment")


def manifest_of(volume):
    """The newest manifest of the family with that volume."""
    found = [path for path in files("manifests/*") if volume.encode() in open(path, "rb").read()]
    return found[-1]


def fails(expected, operation):
    try:
        operation()
    except nbd.Error as error:
        assert error.errnum == expected, error
        return
    raise AssertionError("it did not fail")


def damaged_blocks(handle, content):
    """The offsets that fail to read; what reads has to be right."""
    damaged = []
    for at in range(0, len(content), BLOCK):
        try:
            assert bytes(handle.pread(BLOCK, at)) == content[at : at + BLOCK], f"offset {at} reads something else"
        except nbd.Error as error:
            assert error.errnum == errno.EIO, error
            damaged.append(at)
    return damaged


def logged(daemon, *words):
    lines = daemon.log_text().splitlines()
    assert any(all(word in line for word in words) for line in lines), f"no line with {words} in the log"


def told(daemon, volume, *words):
    """The command line tells of the damage, of this volume's only."""
    for command in [["list"], ["status"], ["info", volume]]:
        said = subprocess.run(["volary", "--pool", daemon.pool, *command], capture_output=True, text=True, check=True).stdout
        assert any(all(word in line for word in words) for line in said.splitlines()), f"{command}: {said}"
    damage = {view["name"]: view.get("damage") for view in daemon.rest("GET", "/volumes")}
    assert [name for name, why in damage.items() if why] == [volume], damage
    assert list(daemon.rest("GET", "/status")["damaged"]) == [volume]


def data():
    daemon, contents = start("rotten", "sound")
    daemon.snapshot("rotten", "s")
    daemon.stop()
    at = 3 * MIB + 5 * BLOCK
    flip(*place_of(contents["rotten"][at : at + BLOCK]))
    daemon.start()
    handle = daemon.connect("rotten")
    assert damaged_blocks(handle, contents["rotten"]) == [at]
    assert damaged_blocks(daemon.connect("rotten@s"), contents["rotten"]) == [at]
    logged(daemon, "ERROR", "rotten", f"offset {at} ", "damaged")
    logged(daemon, "ERROR", "rotten@s", f"offset {at} ", "damaged")
    # Part of a block cannot be replaced when the rest is not known; a whole one can.
    fails(errno.EIO, lambda: handle.pwrite(b"x" * 512, at))
    assert damaged_blocks(handle, contents["rotten"]) == [at]
    handle.pwrite(contents["rotten"][at : at + BLOCK], at)
    handle.flush()
    assert damaged_blocks(handle, contents["rotten"]) == []
    assert daemon.read("sound") == contents["sound"]
    daemon.restart()
    assert daemon.read("rotten") == contents["rotten"]
    assert damaged_blocks(daemon.connect("rotten@s"), contents["rotten"]) == [at]
    daemon.stop()


def log():
    """A flushed write rots before the daemon is killed: what was flushed after it must not go with it in silence."""
    daemon, contents = start("rotten", "sound")
    late = random.Random(0).randbytes(BLOCK)
    daemon.write("rotten", late, 6 * MIB)
    daemon.kill()
    at = 2 * MIB
    flip(*place_of(contents["rotten"][at : at + BLOCK]))
    daemon.start()
    assert daemon.read("sound") == contents["sound"]
    if "rotten" in daemon.exports():
        expected = contents["rotten"][: 6 * MIB] + late + contents["rotten"][6 * MIB + BLOCK :]
        assert damaged_blocks(daemon.connect("rotten"), expected) == [at]
    else:
        logged(daemon, "ERROR", "record", "damaged", "The log is kept")
    daemon.stop()


def log_header():
    """What a record of the log wrote is not known any more: the volume can be read as it was before."""
    daemon, contents = start("rotten", "sound")
    late = random.Random(0).randbytes(BLOCK)
    daemon.write("rotten", late, 6 * MIB)
    daemon.kill()
    path, at = place_of(contents["rotten"][5 * MIB : 5 * MIB + BLOCK])
    header = open(path, "rb").read().rfind(b"VREC", 0, at)
    flip(path, header + 90)
    for _ in range(2):
        daemon.start()
        handle = daemon.connect("rotten")
        assert handle.is_read_only()
        found = daemon.read("rotten")
        assert all(
            found[i : i + BLOCK] in (contents["rotten"][i : i + BLOCK], bytes(BLOCK)) for i in range(0, 8 * MIB, BLOCK)
        )
        assert found[5 * MIB : 5 * MIB + BLOCK] == bytes(BLOCK), "something of the damaged record is there"
        handle.shutdown()
        assert daemon.read("sound") == contents["sound"]
        daemon.write("sound", contents["sound"])
        logged(daemon, "ERROR", "rotten", "can only be read", "record")
        told(daemon, "rotten", "can only be read", "record")
        try:
            daemon.snapshot("rotten", "s")
        except Refused:
            daemon.stop()
            continue
        raise AssertionError("a snapshot of a volume that can only be read")
    flip(path, header + 90)
    daemon.start()
    assert daemon.read("rotten") == contents["rotten"][: 6 * MIB] + late + contents["rotten"][6 * MIB + BLOCK :]
    daemon.stop()


def leaves():
    """Where the map's nodes lie that refer to data."""
    for path in files("segments/*.seg"):
        content = open(path, "rb").read()
        if struct.unpack_from("<I", content, 44)[0] == NODES:
            for at in range(BLOCK, len(content), BLOCK):
                if struct.unpack_from("<Q", content, at)[0] >> 60 == DATA:
                    yield path, at


def rotten_leaf():
    """A daemon whose volume "rotten" has one damaged map node, several sound volumes, and what "rotten" held."""
    daemon, contents = start("rotten")
    daemon.stop()
    path, at = list(leaves())[3]
    flip(path, at + 100)
    daemon.start()
    for name in SOUND:
        daemon.create(name, MIB)
        daemon.write(name, contents["rotten"][:MIB])
    return daemon, contents["rotten"]


def others_work(daemon, content):
    """Of the volumes on every event loop, those that are sound read and write."""
    for name in SOUND:
        assert daemon.read(name) == content[:MIB]
        daemon.write(name, content[:MIB])


def map_node():
    daemon, content = rotten_leaf()
    for _ in range(2):
        damaged = damaged_blocks(daemon.connect("rotten"), content)
        assert len(damaged) == 256 and damaged[0] % MIB == 0 and damaged[-1] == damaged[0] + MIB - BLOCK, damaged
        others_work(daemon, content)
        daemon.restart()
    logged(daemon, "ERROR", "rotten", f"offset {damaged[0]} ", "damaged")
    daemon.stop()


def map_node_written():
    """A write where the map is damaged fails. It must not take what can still be read with it, now or later."""
    daemon, content = rotten_leaf()
    handle = daemon.connect("rotten")
    damaged = damaged_blocks(handle, content)
    fails(errno.EIO, lambda: handle.pwrite(b"x" * BLOCK, damaged[0]))
    handle.shutdown()
    for end in [daemon.kill, daemon.stop]:
        assert damaged_blocks(daemon.connect("rotten"), content) == damaged
        others_work(daemon, content)
        end()
        daemon.start()
    daemon.stop()


def all_maps():
    daemon, contents = start("rotten")
    daemon.stop()
    for path in files("segments/*.seg"):
        content = open(path, "rb").read()
        if struct.unpack_from("<I", content, 44)[0] == NODES:
            for at in range(BLOCK, len(content), BLOCK):
                flip(path, at + 20)
    daemon.start()
    for name in SOUND:
        daemon.create(name, MIB)
        daemon.write(name, contents["rotten"][:MIB])
    if "rotten" in daemon.exports():
        fails(errno.EIO, lambda: daemon.read("rotten"))
    logged(daemon, "ERROR", "damaged")
    others_work(daemon, contents["rotten"])
    daemon.stop()


def manifest():
    daemon, contents = start("rotten", *SOUND)
    daemon.stop()
    path = manifest_of("rotten")
    flip(path, 60)
    for _ in range(2):
        daemon.start()
        assert daemon.exports() == sorted(SOUND)
        assert all(daemon.read(name) == contents[name] for name in SOUND)
        assert "cannot be used" in daemon.rest("GET", "/status")["damaged"]["rotten"]
        daemon.stop()
    logged(daemon, "ERROR", "manifest", "damaged")
    flip(path, 60)
    daemon.start()
    assert daemon.read("rotten") == contents["rotten"]
    daemon.stop()


def half_made():
    """The daemon died between making a family's directory and its first manifest, or while removing it."""
    daemon, contents = start("sound")
    daemon.stop()
    os.makedirs("vpool/volumes/00000000-0000-4000-8000-000000000000/manifests", mode=0o700)
    daemon.start()
    assert daemon.read("sound") == contents["sound"]
    assert "ERROR" not in daemon.log_text(), daemon.log_text()
    assert len(os.listdir("vpool/volumes")) == 1, "what was never made stays for ever"
    daemon.stop()


def taken_name():
    """A volume that cannot be opened is still there: nobody else gets its name, and list and info tell of it."""
    daemon, contents = start("rotten")
    daemon.kill()
    flip(*place_of(contents["rotten"][:BLOCK]))
    daemon.start()
    if "rotten" not in daemon.exports():
        logged(daemon, "ERROR", "rotten")
        try:
            daemon.create("rotten", MIB)
        except Refused:
            return
        raise AssertionError("a damaged volume's name was given to a new one")


def crc32c(content):
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def version():
    daemon, contents = start("newer", "other")
    daemon.stop()
    path = manifest_of("newer")
    content = open(path, "rb").read()
    assert content[-4:] == struct.pack(">I", crc32c(content[:-4]))
    later = content[:8] + struct.pack(">I", 99) + content[12:-4]
    open(path, "wb").write(later + struct.pack(">I", crc32c(later)))
    daemon.spawn()
    assert daemon.end() == 1
    logged(daemon, "version 99", "install the newer Volary", os.path.dirname(os.path.dirname(path)))
    open(path, "wb").write(content)
    daemon.start()
    assert all(daemon.read(name) == contents[name] for name in contents)
    daemon.stop()


if __name__ == "__main__":
    tests = {
        "data": data,
        "log": log,
        "log-header": log_header,
        "map": map_node,
        "map-written": map_node_written,
        "all-maps": all_maps,
        "manifest": manifest,
        "version": version,
        "half-made": half_made,
        "taken-name": taken_name,
    }
    tests[sys.argv[1]]()
