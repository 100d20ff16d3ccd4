"""What was measured of several servers in several repetitions: ratios within a repetition, and whether they are as they should be."""
import datetime

from . import figures

VOLARY = "Volary"
NBD = "Volary over NBD"
MOUNT = "Volary mount"
QCOW2 = "qsd qcow2"
NULL = "qsd null-co"
RAW = ["qsd raw native", "qsd raw io_uring"]
WORST_TAIL = 1.5


class Target:
    """What a ratio should be: at least so much of the IOPS on disk and on tmpfs, at most so much of the server's CPU."""

    def __init__(self, row, peer, disk=None, tmpfs=None, cpu=None):
        self.row = row
        self.peer = peer
        self.iops = {"disk": disk, "tmpfs": tmpfs}
        self.cpu = cpu


TARGETS = [
    Target("null-1", NULL, 1.2, 1.2, 0.8),
    Target("null-32", NULL, 4, 4, 0.25),
    Target("read-1", RAW, 1, 1, 0.8),
    Target("read-32", RAW, 1, 1.3, 0.6),
    Target("write-1", RAW),
    Target("write-32", RAW, disk=4, cpu=0.25),
    Target("write-32", QCOW2, disk=3.5, cpu=0.25),
    Target("write-gc", RAW, disk=2),
    Target("sync-1", RAW, disk=1, cpu=1),
    Target("sync-8", RAW, disk=2, cpu=1),
    Target("sync-32", RAW, cpu=1),
    Target("mixed", RAW),
    Target("read-seq", RAW, disk=1, cpu=1.2),
    Target("write-seq", RAW, disk=1, cpu=1.2),
    Target("read-1", NBD, tmpfs=1.5, cpu=0.4),
    Target("read-32", NBD, tmpfs=3, cpu=0.4),
    Target("write-1", NBD, 1.2, 1.5, 0.4),
    Target("write-32", NBD, 2, 3, 0.4),
    Target("read-1", MOUNT, tmpfs=1.5, cpu=0.33),
    Target("read-32", MOUNT, tmpfs=2, cpu=0.33),
    Target("write-1", MOUNT, 1.2, 1.5, 0.33),
    Target("write-32", MOUNT, 2, 2, 0.33),
    Target("img-read-1", RAW),
    Target("img-read-32", RAW),
    Target("img-write-32", RAW),
]


class Measured:
    """`results` has a dictionary for each turn."""

    def __init__(self, results, titles):
        self._results = results
        self._titles = titles

    def _turns(self, place, row):
        """{server: {repetition: result}}, Volary first."""
        turns = {VOLARY: {}}
        for result in self._results:
            if (result["place"], result["row"]) == (place, row):
                turns.setdefault(result["server"], {})[result["repetition"]] = result
        return turns

    def _kinds(self):
        found = {(result["place"], result["row"]) for result in self._results}
        return [(place, row) for place in ["disk", "tmpfs"] for row in self._titles if (place, row) in found]

    def tables(self):
        for place, row in self._kinds():
            turns = self._turns(place, row)
            yield f"{self._titles[row]}, {place}", [self._line(server, turns) for server in turns]

    @staticmethod
    def _line(server, turns):
        def middle(field, digits=0):
            values = [result[field] for result in turns[server].values() if field in result]
            return f"{figures.median(values):.{digits}f}" if values else ""

        def ratio(field):
            values = _ratios(turns, server, field)
            return figures.with_interval(values) if values and server != VOLARY else ""

        return (server, figures.with_interval([result["iops"] for result in turns[server].values()], 0), middle("p50"), middle("p99"),
                middle("p999"), middle("max"), middle("server_micros", 1), middle("client_micros", 1), ratio("iops"), ratio("p999"),
                ratio("server_micros"))

    def _compared(self):
        for place, row in self._kinds():
            for target in TARGETS:
                turns = self._turns(place, row)
                peer = _best(target.peer, turns)
                if target.row == row and peer in turns:
                    yield place, row, target, peer, turns

    def verdicts(self):
        """A line for each figure that has a target, and for each tail."""
        for place, row, target, peer, turns in self._compared():
            checks = [("IOPS", "iops", target.iops[place], True), ("CPU server", "server_micros", target.cpu, False),
                      ("p99.9", "p999", WORST_TAIL if peer not in (NBD, MOUNT) else None, False)]
            for name, field, bound, at_least in checks:
                ratios = _ratios(turns, peer, field)
                if bound is None or not ratios:
                    continue
                ratio = figures.median(ratios)
                met = ratio >= bound if at_least else ratio <= bound
                yield (self._titles[row], place, peer, name, f"{'>=' if at_least else '<='} {bound:g}", figures.with_interval(ratios),
                       "" if met else "missed")

    def bars(self):
        """(label, ratio of IOPS, interval, target or None)"""
        for place, row, target, peer, turns in self._compared():
            ratios = _ratios(turns, peer, "iops")
            yield f"{self._titles[row]}, {place}: {peer}", figures.median(ratios), figures.interval(ratios), target.iops[place]

    def when(self):
        times = [datetime.datetime.fromtimestamp(result["repetition"], datetime.timezone.utc) for result in self._results]
        commits = sorted({result["commit"] for result in self._results})
        return f"from {min(times):%Y-%m-%d %H:%M} to {max(times):%Y-%m-%d %H:%M} UTC, commit {' and '.join(commits)}"

    def repetitions(self):
        counts = {len(turns) for kind in self._kinds() for turns in self._turns(*kind).values()}
        return " to ".join(str(count) for count in sorted({min(counts), max(counts)}))

    def sizes(self):
        return " and ".join(f"{size >> 20} MiB" for size in sorted({result["size"] for result in self._results}))

    def dirty_limit(self):
        return f"at most {max(result['dirty_limit'] for result in self._results) >> 20} MiB"

    def notes(self):
        busy = [result["utilisation"] for result in self._results if "utilisation" in result]
        if busy:
            yield ("While garbage was collected, right after the writes, the living data was "
                   f"{figures.median(busy):.0%} ({min(busy):.0%} to {max(busy):.0%}) of what the vPool used.")


def _best(peers, turns):
    """Of several ways to run a peer the one with the most IOPS."""
    if isinstance(peers, str):
        return peers
    there = [peer for peer in peers if peer in turns]
    return max(there, key=lambda peer: figures.median([result["iops"] for result in turns[peer].values()])) if there else None


def _ratios(turns, peer, field):
    ours = turns[VOLARY]
    return [ours[at][field] / theirs[field] for at, theirs in turns[peer].items() if at in ours and theirs.get(field) and field in ours[at]]
