package io.volary.block;

/** How an operation on the data path ended. Each protocol maps these once, by an exhaustive switch. */
public enum BlockStatus {
    /** Done; for a write, what {@link BlockQueue} promises of its durability holds. */
    OK,
    /** The device could not read or write its medium, or what it read was corrupt. */
    IO_ERROR,
    /** A write found no space. Nothing of the device is harmed: the same write may succeed later. */
    NO_SPACE,
    /** Offset or length lies outside the device or is not aligned as the device demands. */
    INVALID_RANGE,
    /** A write to a read-only device. */
    READ_ONLY,
    /** The device does not offer the operation, or (with {@link WriteFlags#FAST_ZERO}) not fast. */
    UNSUPPORTED,
    /** Another owner has taken the device over; nothing can be done with it here any more. */
    FENCED
}
