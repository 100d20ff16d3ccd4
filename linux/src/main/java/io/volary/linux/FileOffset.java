package io.volary.linux;

/** Checks places in files before they reach the kernel, where a negative one can mean something else. */
final class FileOffset {
    private FileOffset() {}

    static long check(long offset) {
        if (offset < 0) {
            throw new IllegalArgumentException("negative file offset " + offset);
        }
        return offset;
    }

    /** A length of 0 would mean "to the end" to some calls. */
    static void checkRange(long offset, long length) {
        check(offset);
        if (length <= 0 || length > Long.MAX_VALUE - offset) {
            throw new IllegalArgumentException("impossible file range " + offset + "+" + length);
        }
    }
}
