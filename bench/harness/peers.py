"""The servers that Volary is measured beside. All serve a raw file over NBD on a unix socket."""
import os

from .process import Server


class RawFilePeer:
    """A server of one raw file; made anew for each file."""

    def __init__(self, name, command):
        self.name = name
        self._command = command

    def serve(self, file, directory):
        socket = os.path.join(directory, self.name.replace(" ", "-") + ".sock")
        if os.path.exists(socket):  # a server that ends leaves it, and the next could not bind
            os.unlink(socket)
        server = Server(self._command(file, socket), socket, os.path.join(directory, "peers.log"))
        server.uri = f"nbd+unix:///disk?socket={socket}"
        return server


def _nbdkit(*options):
    return lambda file, socket: ["nbdkit", "-f", "-U", socket, "file", file, *options]


def _storage_daemon(aio):
    # In its main thread: with an iothread QEMU 7.2 aborts when a client leaves (an assertion in blockdev-nbd.c).
    def command(file, socket):
        return [
            "qemu-storage-daemon",
            "--blockdev", f"driver=file,node-name=disk,filename={file},cache.direct=on,aio={aio},discard=unmap",
            "--nbd-server", f"addr.type=unix,addr.path={socket},max-connections=16",
            "--export", "type=nbd,id=export,node-name=disk,name=disk,writable=on",
        ]
    return command


NBDKIT = RawFilePeer("nbdkit file", _nbdkit())
NBDKIT_UNCACHED = RawFilePeer("nbdkit file cache=none", _nbdkit("cache=none", "fadvise=random"))
QSD_NATIVE = RawFilePeer("qsd native", _storage_daemon("native"))
QSD_URING = RawFilePeer("qsd io_uring", _storage_daemon("io_uring"))
