"""A daemon under test and its clients, for the tests that kill, starve and damage it."""

import faulthandler
import glob
import http.client
import json
import os
import signal
import socket
import subprocess
import time

import nbd

from confinement import deny_io_uring, die_with_parent


def watch():
    """A test that hangs for so long from now on says where. The daemon may hang as well, so nobody waits for it."""
    faulthandler.dump_traceback_later(280, exit=True)


watch()


def confined():
    die_with_parent()
    deny_io_uring()


class Refused(Exception):
    """The daemon has answered with an error: status and message."""


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Daemon:
    """One vPool's daemon, which this process starts, kills and starts again."""

    def __init__(self, pool, configuration=None):
        self.pool = os.path.abspath(pool)
        self.log = self.pool + ".log"
        self.process = None
        os.makedirs(self.pool, exist_ok=True)
        if configuration:
            with open(self.pool + "/vpool.json", "w") as file:
                json.dump(configuration, file)

    def spawn(self, io_uring=True):
        """Starts it without waiting until it is ready. It dies with this process."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                ["volary", "--pool", self.pool, "serve"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                preexec_fn=die_with_parent if io_uring else confined,
            )

    def start(self, io_uring=True):
        self.spawn(io_uring)
        line = self.process.stdout.readline().decode()
        assert line.startswith("ready"), f"the daemon is not ready: {self.log_text()[-2000:]}"

    def kill(self):
        self.process.kill()
        self.end()

    def stop(self):
        """Stops it with SIGTERM. Returns the seconds that took."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        status = self.end()
        assert status in (0, -signal.SIGTERM, 128 + signal.SIGTERM), f"the daemon ended with status {status}"
        return time.monotonic() - begin

    def end(self):
        status = self.process.wait(timeout=30)
        self.process.stdout.close()
        return status

    def restart(self):
        self.stop()
        self.start()

    def log_text(self):
        with open(self.log, errors="replace") as log:
            return log.read()

    def check_log(self):
        """Nothing went wrong inside. (What an interrupted creation leaves has a test of its own.)"""
        errors = [line for line in self.log_text().splitlines() if " ERROR " in line and "there is no manifest" not in line]
        assert not errors, errors

    def rest(self, method, path, body=None):
        """What the command line does, without the time that its start takes."""
        connection = UnixConnection(self.pool + "/run/api.sock")
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, "/v1" + path, None if body is None else json.dumps(body), headers)
            response = connection.getresponse()
            text = response.read()
            if response.status >= 400:
                raise Refused(response.status, text.decode())
            return json.loads(text) if text else None
        finally:
            connection.close()

    def create(self, name, size):
        self.rest("POST", "/volumes", {"name": name, "size": size})

    def snapshot(self, volume, name):
        self.rest("POST", f"/volumes/{volume}/snapshots", {"name": name})

    def clone(self, volume, snapshot, name):
        self.rest("POST", f"/volumes/{volume}/clones", {"snapshot": snapshot, "name": name})

    def delete(self, volume, snapshot=None):
        self.rest("DELETE", f"/volumes/{volume}/snapshots/{snapshot}" if snapshot else f"/volumes/{volume}?snapshots=true")

    def collected(self):
        """The objects that garbage collection has made, by the kind in their names (docs/formats.md)."""
        return {path for path in glob.glob(self.pool + "/volumes/*/segments/*.seg") if os.path.basename(path)[6] == "3"}

    def exports(self):
        """The names of all volumes and snapshots."""
        names = []
        for volume in self.rest("GET", "/volumes"):
            names.append(volume["name"])
            names += [f"{volume['name']}@{s['name']}" for s in self.rest("GET", f"/volumes/{volume['name']}/snapshots")]
        return names

    def connect(self, export, strict=True):
        handle = nbd.NBD()
        handle.set_export_name(export)
        if not strict:
            handle.set_strict_mode(0)
        handle.connect_unix(self.pool + "/run/nbd.sock")
        return handle

    def read(self, export, count=None, offset=0):
        handle = self.connect(export)
        try:
            return bytes(handle.pread(count or handle.get_size(), offset))
        finally:
            handle.shutdown()

    def write(self, volume, data, offset=0):
        handle = self.connect(volume)
        handle.pwrite(data, offset)
        handle.flush()
        handle.shutdown()
