"""vPools with one volume that is mapped all over, larger than the disk if need be."""
import os
import shutil
import subprocess

from . import java, options, process

_PIECE = 256 << 10


class MappedPool:
    """The vPool of a volume of so many GiB, in `directory`; made if it is not there."""

    def __init__(self, directory, gib):
        self.gib = gib
        self.volume = f"map-{gib}"
        self.bytes = gib << 30
        self.path = os.path.join(directory, self.volume)
        self.making = None if os.path.exists(self.path) else self._make()

    def _make(self):
        """What the making told, in Markdown. Half a pool is not taken for one the next time."""
        options.progress(f"making a map of {self.gib} GiB")
        unfinished = self.path + ".unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        command = java.command("Maps", unfinished, self.volume, self.bytes, _PIECE)
        told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        os.rename(unfinished, self.path)
        return told

    def forget(self):
        """Takes it out of the page cache."""
        process.forget_pages(self.path)
