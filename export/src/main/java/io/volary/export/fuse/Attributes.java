package io.volary.export.fuse;

import java.time.Instant;

/** What stat(2) says of a file. */
record Attributes(
        long bytes,
        long allocatedBytes,
        int mode,
        int uid,
        int gid,
        Instant accessed,
        Instant modified,
        Instant changed) {
    static final int DIRECTORY = 0040000;
    static final int REGULAR = 0100000;
    static final int PERMISSIONS = 0777;

    /** The unit of space, and what suits a small read. */
    static final int BLOCK_BYTES = 4096;

    boolean isDirectory() {
        return (mode & DIRECTORY) != 0;
    }
}
