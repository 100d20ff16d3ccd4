package io.volary.volume.space;

/** Which blocks of a segment: one bit per 4 KiB block, in an array of longs as large as the segment. */
final class Bitmap {
    private Bitmap() {}

    static long[] ofBlocks(int blocks) {
        return new long[(blocks + 63) / 64];
    }

    static boolean get(long[] bits, int block) {
        return (bits[block >> 6] & (1L << block)) != 0;
    }

    static void set(long[] bits, int block) {
        bits[block >> 6] |= 1L << block;
    }

    static void clear(long[] bits, int block) {
        bits[block >> 6] &= ~(1L << block);
    }

    /** How many bits before {@code block} are set. */
    static int rank(long[] bits, int block) {
        int count = 0;
        int word = block >> 6;
        for (int i = 0; i < word; i++) {
            count += Long.bitCount(bits[i]);
        }
        return count + Long.bitCount(bits[word] & ((1L << block) - 1));
    }

    static int count(long[] bits) {
        int count = 0;
        for (long word : bits) {
            count += Long.bitCount(word);
        }
        return count;
    }
}
