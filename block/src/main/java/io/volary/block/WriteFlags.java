package io.volary.block;

/** Flags of {@link BlockQueue#write} and {@link BlockQueue#writeZeroes}, as bits of an {@code int}. */
public final class WriteFlags {
    public static final int NONE = 0;

    /** Force unit access: what was written is durable when the operation completes. */
    public static final int FUA = 1;

    /** Write zeroes only: the range stays allocated, so that a later write to it needs no space map change. */
    public static final int NO_HOLE = 1 << 1;

    /** Write zeroes only: fail with {@link BlockStatus#UNSUPPORTED} rather than write as slowly as plain data. */
    public static final int FAST_ZERO = 1 << 2;

    private WriteFlags() {}

    public static boolean isFua(int flags) {
        return (flags & FUA) != 0;
    }
}
