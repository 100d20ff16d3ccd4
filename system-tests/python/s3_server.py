"""An S3 server for a test, on a port of its own: s3proxy over a directory, or Ceph's radosgw."""

import os
import subprocess

from confinement import die_with_parent

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "tester", "AWS_SECRET_ACCESS_KEY": "a secret of the test", "AWS_REGION": "us-east-1"}
BUCKET = "volumes"


class S3Server:
    """Started and stopped by the test. Daemons that are started after it was made have its credentials."""

    def __init__(self, directory, program="s3proxy"):
        """The program is one of system-tests; radosgw forgets everything when it is stopped."""
        self.program = program
        self.directory = os.path.abspath(directory)
        self.port = 0
        self.process = None
        os.environ.update(CREDENTIALS)

    def start(self):
        """The second time on the port of the first."""
        self.process = subprocess.Popen(
            [os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), self.program), str(self.port), self.directory, BUCKET],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            preexec_fn=die_with_parent,
        )
        for line in self.process.stdout:
            if b"ready: " in line:
                self.port = int(line.decode().strip().rpartition(":")[2])
                return
        raise AssertionError(f"{self.program} has not started")

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def configuration(self, **more):
        """The store of a vpool.json."""
        store = {"type": "s3", "endpoint": f"http://127.0.0.1:{self.port}", "bucket": BUCKET, "prefix": "pool/"}
        return {"store": store | more}

    def names(self, kind):
        """What the store has of a kind: segments, manifests, claims, owners, fences."""
        found = []
        for directory, _, files in os.walk(os.path.join(self.directory, BUCKET, "pool", kind)):
            found += [os.path.join(directory, file) for file in files]
        return found
