"""Programs of Debian 13 on this machine: QEMU 10 and blkload, our client over vhost-user-blk and NBD."""
import json
import os
import subprocess

from .volary import ROOT

_RUN = os.path.join(ROOT, "system-tests", "debian13", "run")


def ensure():
    """Makes the tree with them if it is not there; as root, and for a minute or two."""
    subprocess.run([_RUN], check=True)


def command(program, *arguments):
    return [_RUN, program, *(str(argument) for argument in arguments)]


def blkload(address, *flags, processor=None, timeout=300, **options):
    """Runs one load; its answer as a dictionary, as blkload.c says."""
    arguments = [f"--{flag}" for flag in flags]
    for key, value in options.items():
        arguments += [f"--{key}", value]
    pinned = [] if processor is None else ["taskset", "-c", str(processor)]
    done = subprocess.run([*pinned, *command("blkload", *arguments, address)], capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0:
        raise RuntimeError(f"blkload {arguments} {address}: {done.stderr}")
    return json.loads(done.stdout)
