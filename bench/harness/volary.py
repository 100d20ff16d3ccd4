"""The daemon under test and its REST interface."""
import http.client
import json
import os
import socket
import subprocess
import time

from .process import Server

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LAUNCHER = os.path.join(ROOT, "volary")


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=120)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Daemon(Server):
    """`volary serve` on a vPool of its own. `start_seconds` is the time until it accepts clients.

    `launcher` goes before the command; `configuration` is for vpool.json.
    """

    def __init__(self, pool, launcher=(), configuration=None):
        self.pool = pool
        os.makedirs(pool, exist_ok=True)
        if configuration is not None:
            with open(os.path.join(pool, "vpool.json"), "w") as file:
                json.dump(configuration, file)
        self.api = os.path.join(pool, "run", "api.sock")
        subprocess.run([LAUNCHER, "--version"], check=True, stdout=subprocess.DEVNULL)  # may have to build
        begin = time.monotonic()
        super().__init__([*launcher, LAUNCHER, "--pool", pool, "serve"], self.api, pool + ".log", 300)
        self.start_seconds = time.monotonic() - begin

    def request(self, method, path, body=None):
        connection = _UnixConnection(self.api)
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, "/v1" + path, content, {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read().decode()
            if response.status >= 300:
                raise RuntimeError(f"{method} {path}: {response.status} {text}")
            return json.loads(text) if text else None
        finally:
            connection.close()

    def create(self, name, size):
        return self.request("POST", "/volumes", {"name": name, "size": size})

    def delete(self, name):
        self.request("DELETE", f"/volumes/{name}?snapshots=true")

    def info(self, name):
        return self.request("GET", f"/volumes/{name}")

    def uri(self, name):
        return f"nbd+unix:///{name}?socket={self.pool}/run/nbd.sock"

    def log(self):
        """What the daemon said that is not routine."""
        with open(self.pool + ".log", errors="replace") as lines:
            return [line.rstrip() for line in lines if "WARN" in line or "ERROR" in line or "xception" in line]
