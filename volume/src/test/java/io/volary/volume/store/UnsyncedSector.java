package io.volary.volume.store;

/** One write of one sector that is in the page cache and perhaps not on the medium. */
final class UnsyncedSector {
    private final DiskOperation writer;
    private final byte[] bytes;
    private boolean givenUp;

    UnsyncedSector(DiskOperation writer, byte[] bytes) {
        this.writer = writer;
        this.bytes = bytes;
    }

    byte[] bytes() {
        return bytes;
    }

    /** A sync promises only what its caller knew to be written when it called. */
    boolean coveredBySyncAt(long time) {
        return !givenUp && writer.completedBefore(time);
    }

    boolean givenUp() {
        return givenUp;
    }

    void giveUp() {
        givenUp = true;
    }
}
