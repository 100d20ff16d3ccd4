"""Benchmarks of the engine without a protocol, in Java. They use its public classes, and the tests' data-less store."""
import functools
import glob
import os
import subprocess

from .volary import LAUNCHER, ROOT

_CLASSES = os.path.join(ROOT, ".build", "bench")
_SERVER = os.path.join(ROOT, ".build", "app", "volary-server.jar")

# As the launcher has them.
_COMPILER = ["-XX:PerMethodTrapLimit=0", "-XX:PerBytecodeTrapLimit=0"]


def _sources():
    store = os.path.join(ROOT, "volume/src/test/java/io/volary/volume/store/Sparse")
    return glob.glob(os.path.join(ROOT, "bench/java/*.java")) + [store + "Store.java", store + "SegmentFile.java"]


@functools.cache
def _compile(home):
    libraries = os.path.join(os.path.dirname(_SERVER), "lib", "*")
    subprocess.run([os.path.join(home, "bin", "javac"), "-d", _CLASSES, "-cp", libraries, *_sources()], check=True)


def command(main, *arguments, heap="512m"):
    """Runs a class of bench/java as the daemon is run, but for the heap: latencies are kept."""
    subprocess.run([LAUNCHER, "--version"], check=True, stdout=subprocess.DEVNULL)  # may have to build
    home = subprocess.run([LAUNCHER, "--java-home"], check=True, capture_output=True, text=True).stdout.strip()
    _compile(home)
    return [
        os.path.join(home, "bin", "java"), "-XX:+UseSerialGC", *_COMPILER, "-Xmx" + heap, "--enable-native-access=ALL-UNNAMED",
        "-cp", _CLASSES + ":" + _SERVER, main, *(str(argument) for argument in arguments)]
