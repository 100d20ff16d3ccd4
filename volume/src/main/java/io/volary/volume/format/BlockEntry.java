package io.volary.volume.format;

import io.volary.volume.Limits;

/**
 * An entry of the map: where a block or a map node lies, what it must contain, and when it was born. Sixteen bytes:
 *
 * <pre>
 * place   63  60 59                            24 23                    4 3       0
 *        +------+--------------------------------+-----------------------+---------+
 *        | kind |         segment number         | offset / 512 in there | len - 1 |
 *        +------+--------------------------------+-----------------------+---------+
 * seal    63                                   32 31                               0
 *        +---------------------------------------+---------------------------------+
 *        |        birth: family generation       |    CRC32C of the stored bytes   |
 *        +---------------------------------------+---------------------------------+
 * </pre>
 *
 * The place is a <em>virtual</em> log address: it never changes, however often garbage collection moves the bytes. The
 * length is in units of 512 bytes, so that a compressed block may be shorter than 4 KiB; today it is always 8 units. A
 * birth that lies after a snapshot's cut says that the snapshot cannot refer to the block.
 */
public final class BlockEntry {
    /** Nothing was ever written, or it was discarded: both words are 0. */
    public static final int HOLE = 0;

    /** Data of a volume. */
    public static final int DATA = 1;

    /** Allocated, reads as zeroes, takes no space in the log. */
    public static final int ZERO = 2;

    /** A map node. */
    public static final int NODE = 3;

    /** In memory only: a map node that has no place in the log yet; the place's low 32 bits are its frame. */
    public static final int FRAME = 15;

    /** Bytes of an entry. */
    public static final int BYTES = 16;

    private static final long WHOLE_BLOCK = Limits.BLOCK_BYTES / 512 - 1;
    private static final int BLOCK_BITS = 17; // of the offset's 20, without the eighths of a block
    private static final int SEGMENT_SHIFT = 24;
    private static final long SEGMENT_MASK = (1L << 36) - 1;

    private BlockEntry() {}

    public static int kind(long place) {
        return (int) (place >>> 60);
    }

    /** The place of a whole block: {@code block} counts 4 KiB blocks from the start of the segment. */
    public static long place(int kind, long segment, int block) {
        return ((long) kind << 60) | (segment << SEGMENT_SHIFT) | ((long) block << 7) | WHOLE_BLOCK;
    }

    public static long framePlace(int frame) {
        return ((long) FRAME << 60) | frame;
    }

    public static int frame(long place) {
        return (int) place;
    }

    /** A map node that is lost: in segment 0, which there is not, so that it can never be read. */
    public static long lostPlace() {
        return place(NODE, 0, 0);
    }

    public static long zeroPlace() {
        return (long) ZERO << 60;
    }

    public static long segment(long place) {
        return (place >>> SEGMENT_SHIFT) & SEGMENT_MASK;
    }

    /** The block within its segment. */
    public static int block(long place) {
        return (int) ((place >>> 7) & ((1 << BLOCK_BITS) - 1));
    }

    /** Whether {@code next} lies directly behind {@code place} in the same segment, both of them data. */
    public static boolean follows(long place, long next) {
        return next == place + (1 << 7);
    }

    /** The place {@code blocks} whole blocks further. */
    public static long advance(long place, int blocks) {
        return place + ((long) blocks << 7);
    }

    public static boolean takesSpace(long place) {
        int kind = kind(place);
        return kind == DATA || kind == NODE;
    }

    /**
     * Whether an entry of a node on disk can have this place: one that says otherwise has not been written as it is, and what refers
     * to memory must never be believed.
     *
     * @param leaf whether it is in a leaf, which maps blocks, or in a node above, which maps nodes
     */
    public static boolean canBeOnDisk(long place, boolean leaf) {
        return switch (kind(place)) {
            case HOLE -> place == 0;
            case DATA, ZERO -> leaf;
            case NODE -> !leaf;
            default -> false;
        };
    }

    public static long seal(int birth, int crc) {
        return ((long) birth << 32) | (crc & 0xffff_ffffL);
    }

    /** The family generation at which the block was written; compare with {@link Integer#compareUnsigned}. */
    public static int birth(long seal) {
        return (int) (seal >>> 32);
    }

    public static int crc(long seal) {
        return (int) seal;
    }
}
