package io.volary.block;

/** The kinds of operations of a {@link BlockQueue}. */
public enum Operation {
    READ,
    WRITE,
    FLUSH,
    DISCARD,
    WRITE_ZEROES,
    EXTENTS
}
