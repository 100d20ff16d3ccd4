"""Clients that send garbage, half of something, or die, while others work: the others notice nothing."""

import random
import socket
import struct
import subprocess
import sys
import threading
import time

import load
from daemon import Daemon
from model import SECTOR, Disk

GREETING = 18
GO = 7
ACK = 1
REQUEST_MAGIC = 0x25609513
READ = 0
WRITE = 1
MIB = 1 << 20

# A client that writes until it is killed: each block it writes carries one number.
DOOMED = """
import nbd, struct, sys
handle = nbd.NBD()
handle.set_export_name("doomed")
handle.connect_unix(sys.argv[1])
print("connected", flush=True)
number = 0
while True:
    number += 1
    handle.pwrite(struct.pack("=Q", number) * (1 << 17), number % 4 << 20)
"""


def connect(daemon):
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(20)
    client.connect(daemon.pool + "/run/nbd.sock")
    return client


def receive(client, count):
    data = b""
    while len(data) < count:
        piece = client.recv(count - len(data))
        assert piece, "the server has closed the connection"
        data += piece
    return data


def attach(daemon, export):
    """A raw connection that is ready for requests."""
    client = connect(daemon)
    receive(client, GREETING)
    name = export.encode()
    go = struct.pack(">I", len(name)) + name + struct.pack(">H", 0)
    client.sendall(struct.pack(">I", 3) + b"IHAVEOPT" + struct.pack(">II", GO, len(go)) + go)
    while True:
        _, _, reply, length = struct.unpack(">QIII", receive(client, 20))
        receive(client, length)
        if reply == ACK:
            return client


def request(command, offset, length):
    return struct.pack(">IHHQQI", REQUEST_MAGIC, 0, command, 7, offset, length)


def closes(client):
    """The server ends the connection; what it still sends does not matter."""
    try:
        while client.recv(65536):
            pass
    except ConnectionError:
        pass
    client.close()


def garbage(daemon, source):
    for _ in range(20):
        client = connect(daemon)
        client.sendall(source.randbytes(source.randrange(1, 5000)))
        client.shutdown(socket.SHUT_WR)
        closes(client)
    for _ in range(20):
        client = attach(daemon, "other")
        client.sendall(b"\xff" + source.randbytes(source.randrange(27, 5000)))
        closes(client)
    assert "closing the connection" in daemon.log_text()


def half_open(daemon):
    """More than may negotiate at a time, then many that have asked for an export and half of a request."""
    clients = [connect(daemon) for _ in range(100)]
    for client in clients[::2]:
        try:
            client.sendall(struct.pack(">I", 3) + b"IHAVE")
        except ConnectionError:
            pass
    attached = [attach(daemon, "other") for _ in range(30)]
    for client in attached:
        client.sendall(request(READ, 0, 4096)[:13])
    assert daemon.read("other", 4096) == bytes(4096)
    return clients + attached


def never_reads(daemon):
    """Asks for much more than a socket holds, and takes none of it."""
    client = attach(daemon, "other")
    client.settimeout(1)
    try:
        for _ in range(1000):
            client.sendall(request(READ, 0, MIB))
    except TimeoutError:
        pass
    return client


def dies_in_a_request(daemon):
    """Announces 1 MiB, sends half of it, and has gone."""
    before = daemon.read("other")
    client = attach(daemon, "other")
    client.sendall(request(WRITE, 0, MIB) + b"x" * (MIB // 2))
    client.close()
    time.sleep(0.2)
    assert daemon.read("other") == before


def killed_while_writing(daemon):
    client = subprocess.Popen([sys.executable, "-c", DOOMED, daemon.pool + "/run/nbd.sock"], stdout=subprocess.PIPE)
    assert client.stdout.readline() == b"connected\n"
    time.sleep(1)
    client.kill()
    client.wait()
    await_no_holder(daemon, "doomed")
    content = daemon.read("doomed")
    numbers = [sorted(set(struct.unpack("=131072Q", content[at : at + MIB]))) for at in range(0, 4 * MIB, MIB)]
    last = max(max(some) for some in numbers)
    assert last > 8, "it has not written"
    # One at a time: only the last of them may be there in part.
    assert all(some == some[:1] or some == [last - 4, last] for some in numbers), numbers
    daemon.write("doomed", b"y" * MIB)


def await_no_holder(daemon, volume):
    for _ in range(50):
        if daemon.rest("GET", f"/volumes/{volume}")["holder"] is None:
            return
        time.sleep(0.1)
    raise AssertionError("a client that was killed holds the volume still")


def others_notice_nothing():
    daemon = Daemon("vpool", {"engine": {"segmentBytes": MIB}})
    daemon.start()
    contents = load.Contents()
    for name in ["a", "b", "c"]:
        daemon.create(name, load.VOLUME_SECTORS * SECTOR)
        contents.disks[name] = Disk(load.VOLUME_SECTORS)
    stopped = threading.Event()
    clients = load.begin(daemon, contents, "hostile", stopped)
    for name in ["other", "doomed"]:
        daemon.create(name, 4 * MIB)
    garbage(daemon, random.Random(3))
    held = half_open(daemon)
    held.append(never_reads(daemon))
    dies_in_a_request(daemon)
    killed_while_writing(daemon)
    before = contents.acknowledged.total()
    time.sleep(1)
    assert contents.acknowledged.total() > before, "the others no longer get answers"
    stopped.set()
    load.finish(clients)
    seconds = daemon.stop()
    assert seconds < 10, f"stopping took {seconds:.1f} s with such clients"
    daemon.start()
    for name in ["other", "doomed"]:
        daemon.delete(name)
    contents.verify(daemon)
    daemon.check_log()
    daemon.stop()


def only_one_daemon():
    """Several that start at once: one serves, the others say which one does."""
    daemons = [Daemon("vpool") for _ in range(4)]
    for number, daemon in enumerate(daemons):
        daemon.log = f"daemon{number}.log"
        daemon.spawn()
    ready = [daemon for daemon in daemons if daemon.process.stdout.readline().startswith(b"ready")]
    assert len(ready) == 1, f"{len(ready)} daemons serve one vPool"
    for daemon in daemons:
        if daemon is not ready[0]:
            assert daemon.end() == 1
            assert f"pid {ready[0].process.pid}" in daemon.log_text(), daemon.log_text()
    ready[0].create("v", MIB)
    ready[0].stop()


if __name__ == "__main__":
    {"clients": others_notice_nothing, "daemons": only_one_daemon}[sys.argv[1]]()
