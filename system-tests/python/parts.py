"""A disk in parts: requests that each stay in one of their own do not overlap."""

from model import BLOCK, SECTOR

PART = 64 * BLOCK


def some_parts(source, size, most):
    """Where they begin."""
    return [part * PART for part in source.sample(range(size // PART), source.randrange(1, most + 1))]


def some_blocks(source, start):
    """Of the part that begins there: offset and length."""
    begin, end = sorted(source.sample(range(PART // BLOCK + 1), 2))
    return start + begin * BLOCK, (end - begin) * BLOCK


def some_sectors(source, start):
    """The same, of whole sectors."""
    length = source.choice([1, 3, 8, 8, 32, 128]) * SECTOR
    return start + source.randrange((PART - length) // SECTOR + 1) * SECTOR, length
