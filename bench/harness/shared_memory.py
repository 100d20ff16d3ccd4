"""Servers of one disk over shared memory or NBD, to be compared."""
import os
import re
import subprocess

from . import debian13, java, process
from .volary import Daemon

MIB = 1 << 20
_WARM_BYTES = 64 * MIB


def fill(address, size):
    debian13.blkload(address, "sequential", reads=0, block=MIB, depth=8, seconds=0, bytes=size)


class Place:
    """A directory with the same disk for each server; made where it is not there yet."""

    def __init__(self, name, directory, size):
        self.name = name
        self.directory = directory
        self.size = size
        self._running = {}

    def path(self, name):
        return os.path.join(self.directory, name)

    def make(self, contestants):
        for contestant in contestants:
            mark = self.path(contestant.disk + ".complete")
            if not os.path.exists(mark):
                contestant.make(self)
                open(mark, "w").close()

    def server(self, contestant):
        """The one that runs on the contestant's disk, or a new one."""
        if contestant.disk not in self._running:
            self._running[contestant.disk] = contestant.serve(self)
        return self._running[contestant.disk]

    def stop(self):
        for disk in list(self._running):
            self._running.pop(disk).stop()


def warm_up(server, contestant, load):
    """Lets Java compile what the load needs: with all processors, and once for each server and protocol."""
    if contestant.java and contestant.name not in server.warm:
        process.pin(server.pid, set(range(os.cpu_count())))
        load(contestant.warm_address(server))
        server.warm.add(contestant.name)


class StorageDaemon:
    """qemu-storage-daemon with an iothread."""

    java = False

    def __init__(self, name, disk, layers):
        self.name = name
        self.disk = disk
        self._layers = layers

    def make(self, place):
        path = place.path(self.disk)
        if self.disk == "qcow2":
            subprocess.run(debian13.command("qemu-img", "create", "-q", "-f", "qcow2", path, place.size), check=True)
        elif self.disk == "raw":
            with open(path, "wb") as file:
                file.truncate(place.size)
        else:
            return
        with self.serve(place) as server:
            fill(server.socket, place.size)

    def serve(self, place):
        socket = place.path("peer.sock")
        if os.path.exists(socket):
            os.unlink(socket)
        layers = [argument for layer in self._layers for argument in ("--blockdev", layer.format(file=place.path(self.disk), size=place.size))]
        command = debian13.command(
            "qemu-storage-daemon", "--object", "iothread,id=thread", *layers, "--export",
            f"type=vhost-user-blk,id=export,node-name=disk,addr.type=unix,addr.path={socket},writable=on,iothread=thread")
        return process.Server(command, socket, place.path("peer.log"))

    def address(self, server):
        return server.socket

    def files(self, place):
        return place.path(self.disk)


class VolaryNull:
    """The vhost-user-blk server without an engine behind it."""

    name = "Volary"
    disk = "nothing"
    java = True

    def make(self, place):
        """There is nothing to make."""

    def serve(self, place):
        socket = place.path("null.sock")
        if os.path.exists(socket):
            os.unlink(socket)
        server = process.Server(java.command("NullDisk", socket, heap="64m"), socket, place.path("null.log"))
        server.warm = set()
        return server

    def address(self, server):
        return server.socket

    warm_address = address

    def files(self, place):
        return place.path("null.log")


def utilisation(place):
    """The share of the vPool's space that is living data."""
    return (place.size + min(place.size, _WARM_BYTES)) / process.used_bytes(place.path("vpool"))


class Volary:
    """The daemon. It is warmed up on another volume: the one to measure stays cold."""

    disk = "vpool"
    java = True

    def __init__(self, name, address):
        self.name = name
        self._address = address

    def make(self, place):
        with Daemon(place.path("vpool")) as daemon:
            for name, size in ("disk", place.size), ("warm", min(place.size, _WARM_BYTES)):
                daemon.create(name, size)
                fill(_socket(daemon, name), size)

    def serve(self, place):
        daemon = Daemon(place.path("vpool"), configuration={"filesystem": {"mountpoint": place.path("mount")}})
        daemon.warm = set()
        return daemon

    def address(self, server):
        return self._address(server, "disk")

    def warm_address(self, server):
        return self._address(server, "warm")

    def files(self, place):
        return place.path("vpool")


def _socket(daemon, volume):
    return os.path.join(daemon.pool, "run", "vhost", volume + ".sock")


def _raw(aio):
    return f"driver=file,node-name=disk,filename={{file}},cache.direct=on,aio={aio},discard=unmap"


VOLARY = Volary("Volary", _socket)
VOLARY_NBD = Volary("Volary over NBD", lambda daemon, volume: daemon.uri(volume))
VOLARY_MOUNT = Volary("Volary mount", lambda daemon, volume: os.path.join(daemon.pool, os.pardir, "mount", volume))
VOLARY_NULL = VolaryNull()
QSD_NATIVE = StorageDaemon("qsd raw native", "raw", [_raw("native")])
QSD_URING = StorageDaemon("qsd raw io_uring", "raw", [_raw("io_uring")])
QSD_QCOW2 = StorageDaemon("qsd qcow2", "qcow2", [
    "driver=file,node-name=file,filename={file},cache.direct=on,aio=io_uring", "driver=qcow2,node-name=disk,file=file"])
QSD_NULL = StorageDaemon("qsd null-co", "null", ["driver=null-co,node-name=disk,size={size},read-zeroes=off"])


def qemu_img_bench(address, processor, *, writes, depth, count):
    """The same answer as blkload's as far as qemu-img knows it. Requests are far apart, and come round."""
    if address.startswith("nbd"):
        image = ["-f", "raw", address]
    else:
        image = ["--image-opts", f"driver=virtio-blk-vhost-user,path={address},cache.direct=on"]
    command = debian13.command("qemu-img", "bench", "-c", count, "-d", depth, "-s", 4096, "-S", 257 * 4096, *(["-w"] if writes else []),
                               *image)
    busy = process.machine_busy_seconds()
    pinned = [] if processor is None else ["taskset", "-c", str(processor)]
    client = subprocess.Popen([*pinned, *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    told = client.stdout.read()
    _, status, usage = os.wait4(client.pid, 0)
    client.returncode = status
    if status != 0:
        raise RuntimeError(f"{' '.join(command)}: {told} {client.stderr.read()}")
    seconds = float(re.search(r"completed in ([0-9.]+) seconds", told).group(1))
    return {"ios": count, "seconds": seconds, "iops": count / seconds, "cpu": usage.ru_utime + usage.ru_stime,
            "busy": process.machine_busy_seconds() - busy}
