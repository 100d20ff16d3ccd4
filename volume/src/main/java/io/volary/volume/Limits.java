package io.volary.volume;

/** Every bound of the engine, in one place, with why. */
public final class Limits {
    /** The unit of the map, of checksums and of space, in bytes: the page of the guest and of the page cache. */
    public static final int BLOCK_BYTES = 4096;

    /** The unit of guest I/O, in bytes. */
    public static final int SECTOR_BYTES = 512;

    /** 64 TiB, in bytes: what five levels of 256 entries reach with room to spare, and more than any guest asks for. */
    public static final long MAX_VOLUME_BYTES = 64L << 40;

    /** Names are file names, URL parts and socket names; a socket's whole path has to fit 107 bytes. */
    public static final int MAX_NAME_LENGTH = 64;

    /** Data of one record, in blocks: large enough that its header costs 0.4 %, small enough to write in one go. */
    public static final int MAX_RECORD_BLOCKS = 256;

    /**
     * Data of a record, in blocks, that is worth its header and a transfer. One that has less waits for the next pass of the
     * loop, as long as each adds something.
     */
    public static final int SMALL_RECORD_BLOCKS = 16;

    /** Extents of one record: what the 4 KiB header holds beside the checksums of {@link #MAX_RECORD_BLOCKS} blocks. */
    public static final int MAX_RECORD_EXTENTS = 64;

    /** Writes to the log on their way at a time, per clone family: while one is, the next gathers more. */
    public static final int MAX_TAIL_TRANSFERS = 4;

    /** How far a clone family's writes may be ahead of the disk, in MiB: a stop of some milliseconds is not felt. */
    public static final int MAX_TAIL_WINDOWS = 8;

    /**
     * Blocks of log from one sync to the next: where there are fewer, the next segment is written with zeroes first. That shortens the time
     * of a sync, and what it takes of the disk is free, since such a guest waits for syncs most of the time.
     */
    public static final int OFTEN_SYNCED_BLOCKS = 128;

    /** Segment size, in bytes: an address reaches 512 MiB into a segment, liveness bitmaps are made for 32 MiB. */
    public static final int MAX_SEGMENT_BYTES = 32 << 20;

    public static final int MIN_SEGMENT_BYTES = 1 << 20;

    /** Least room of a segment that map nodes are written to, in bytes: small, since most checkpoints have few. */
    public static final int NODE_SEGMENT_BYTES = 4 << 20;

    /** Snapshots of all volumes of a clone family together: each is in every manifest. */
    public static final int MAX_SNAPSHOTS = 65_536;

    /** Log since the last checkpoint, in bytes: bounds how long a start after a crash takes. */
    public static final long CHECKPOINT_LOG_BYTES = 512L << 20;

    private Limits() {}
}
