"""A benchmark's report: what ran where, and tables, in Markdown."""
import datetime
import os
import platform
import subprocess
import sys

from .volary import ROOT


def _first_line(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.partition("\n")[0]


def _processor():
    with open("/proc/cpuinfo") as lines:
        return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _machine(directory):
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kind = _first_line("stat", "-f", "-c", "%T", directory)
    return f"{os.cpu_count()} x {_processor()}, {gigabytes:.0f} GiB, Linux {platform.release()}, {kind}"


def commit():
    return _first_line("git", "-C", ROOT, "describe", "--always", "--dirty")


class Report:
    def __init__(self, title, directory):
        self.lines = [
            f"# {title}", "",
            f"- {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC, "
            f"commit {commit()}",
            f"- {_machine(directory)}",
            f"- command: `{' '.join(['bench/' + os.path.basename(sys.argv[0]), *sys.argv[1:]])}`",
            f"- load of the machine (1, 5, 15 minutes) before: {self._load()}",
        ]

    @staticmethod
    def _load():
        return ", ".join(f"{value:.1f}" for value in os.getloadavg())

    def note(self, text):
        self.lines += ["", text]

    def table(self, title, columns, rows):
        self.lines += ["", f"## {title}", "", "| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
        self.lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]

    def finish(self, output):
        self.lines.insert(6, f"- and after: {self._load()}")
        text = "\n".join(self.lines) + "\n"
        print(text)
        if output:
            with open(output, "w") as file:
                file.write(text)
