"""Medians with intervals that assume nothing about the distribution."""
import math
import statistics


def median(values):
    return statistics.median(values)


def interval(values, confidence=0.90):
    """The order statistics that hold the median with at least `confidence`; all of the range if there are too few."""
    ordered = sorted(values)
    n = len(ordered)
    low = 0
    below = 0.5**n
    while low + 1 <= (n - 1) // 2:
        below += math.comb(n, low + 1) * 0.5**n
        if 1 - 2 * below < confidence:
            break
        low += 1
    return ordered[low], ordered[n - 1 - low]


def with_interval(values, digits=2):
    low, high = interval(values)
    return f"{median(values):.{digits}f} ({low:.{digits}f} to {high:.{digits}f})"
