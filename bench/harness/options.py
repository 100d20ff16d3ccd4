"""The options that all benchmarks have."""
import argparse
import contextlib
import shutil
import signal
import sys
import tempfile


def parser(description):
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--quick", action="store_true", help="small sizes, few repetitions: whether it works at all")
    options.add_argument("--dir", default="/var/tmp", help="where the disks are made; removed afterwards")
    options.add_argument("--output", help="write the report to this file, too")
    return options


@contextlib.contextmanager
def workspace(options):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # servers stop and disks go all the same
    directory = tempfile.mkdtemp(prefix="volary-bench-", dir=options.dir)
    try:
        yield directory
    finally:
        shutil.rmtree(directory)


def progress(text):
    print(text, file=sys.stderr, flush=True)

