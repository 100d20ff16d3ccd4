"""A test's own mounts and processes: however it ends, the kernel ends and unmounts what it has left."""

import os
import sys


def isolate():
    """Starts the script again where nobody else sees its mounts, unless it is there already."""
    if os.environ.get("ISOLATED") != "yes":
        os.environ["ISOLATED"] = "yes"
        assert os.getuid() == 0, "loop devices and mounts need root"
        options = ["--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
        os.execvp("unshare", ["unshare", *options, sys.executable, *sys.argv])
