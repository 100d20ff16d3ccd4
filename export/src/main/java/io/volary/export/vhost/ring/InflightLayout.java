package io.volary.export.vhost.ring;

/**
 * The region in which a back-end notes what it has taken from a ring, and which its front-end keeps over a death of the
 * back-end ("Inflight I/O tracking" of the vhost-user specification). One queue's part, in bytes:
 *
 * <pre>
 *            0         8         10             12                16          18               20      21       24    32
 *  split     | features | version | descriptors | last batch head | (14: used index) | entries
 *  packed    | features | version | descriptors | free head | old free head | position (see below)       | entries
 *
 *  position  0 used index   2 old used index   4 used wrap counter   5 old used wrap counter   6 zero   8
 *
 *  entry     0 in flight   6 next   8 counter   16                                                           (split)
 *            0 in flight   2 next   4 last   6 count   8 counter   16 id   18 flags   20 length   24 address   32  (packed)
 * </pre>
 */
final class InflightLayout {
    static final int VERSION = 8;
    static final int DESCRIPTORS = 10;
    static final int CURRENT_VERSION = 1;

    static final int SPLIT_LAST_BATCH_HEAD = 12;
    static final int SPLIT_USED_INDEX = 14;
    static final int SPLIT_ENTRIES = 16;
    static final int SPLIT_ENTRY_BYTES = 16;
    static final int SPLIT_NEXT = 6;

    static final int PACKED_FREE_HEAD = 12;
    static final int PACKED_POSITION = 16;
    static final int PACKED_ENTRIES = 32;
    static final int PACKED_ENTRY_BYTES = 32;
    static final int PACKED_NEXT = 2;
    static final int PACKED_LAST = 4;
    static final int PACKED_COUNT = 6;
    static final int PACKED_ID = 16;
    static final int PACKED_FLAGS = 18;
    static final int PACKED_LENGTH = 20;
    static final int PACKED_ADDRESS = 24;

    static final int IN_FLIGHT = 0;
    static final int COUNTER = 8;

    static final int ALIGNMENT = 64;

    private InflightLayout() {}

    /** How much one queue takes up. */
    static long bytes(boolean packed, int size) {
        long bytes = packed
                ? PACKED_ENTRIES + (long) size * PACKED_ENTRY_BYTES
                : SPLIT_ENTRIES + (long) size * SPLIT_ENTRY_BYTES;
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** The largest ring for which there is room in so many bytes, at most {@link RingLayout#MAX_SIZE}. */
    static int capacity(boolean packed, long bytes) {
        long entries =
                packed ? (bytes - PACKED_ENTRIES) / PACKED_ENTRY_BYTES : (bytes - SPLIT_ENTRIES) / SPLIT_ENTRY_BYTES;
        return Math.clamp(entries, 0, RingLayout.MAX_SIZE);
    }
}
