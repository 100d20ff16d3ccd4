"""fio over NBD, and what of its answer the benchmarks use."""
import json
import subprocess


class Result:
    """One direction of one job."""

    def __init__(self, job, direction):
        side = job[direction]
        self.ios = side["total_ios"]
        self.bytes = side["io_bytes"]
        self.seconds = side["runtime"] / 1000
        self.iops = self.ios / self.seconds
        percentiles = side["clat_ns"].get("percentile", {})
        self.p50_micros = percentiles.get("50.000000", 0) / 1000
        self.p99_micros = percentiles.get("99.000000", 0) / 1000
        self.p999_micros = percentiles.get("99.900000", 0) / 1000
        self.max_micros = side["clat_ns"]["max"] / 1000


def run(uri, rw, *, depth=32, block="4k", seed=1, timeout=600, **options):
    """Runs one job over one connection. With `end_fsync` the final flush is inside the measured time."""
    arguments = {
        "name": "bench", "ioengine": "nbd", "uri": uri, "rw": rw, "bs": block, "iodepth": depth,
        "randseed": seed, "refill_buffers": 1, "percentile_list": "50:99:99.9", **options,
    }
    command = ["fio", "--output-format=json"] + [f"--{key}={value}" for key, value in arguments.items()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    if done.returncode != 0 or '"error" : 0' not in done.stdout:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-1500:]} {done.stdout[-500:]}")
    # Warnings may come before the JSON.
    job = json.loads(done.stdout[done.stdout.index("{"):])["jobs"][0]
    return Result(job, "read" if "read" in rw else "write")
