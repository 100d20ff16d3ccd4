package io.volary.volume;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How the engine is set up, the same for all volumes of a vPool.
 *
 * @param segmentBytes the size at which a segment is sealed: 1 MiB to 32 MiB, a multiple of 1 MiB; a power of two
 *     below that, from 64 KiB on, is for simulations
 * @param cacheBytes the most memory that cached map nodes take, all loops together; each has at least 1 MiB
 * @param bitmapBytes the most heap that the bitmaps of segments take, all loops together, as far as what has changed since
 *     the last checkpoint allows
 * @param reserveBytes free space of the file system that guests' data does not get, so that deleting and cleaning work
 *     on a full disk
 * @param minUtilisationPercent how much of the disk space that a clone family takes is needed at least, for data and map, beside
 *     {@code slackBytes}: {@link #LEAST_UTILISATION_PERCENT} to {@link #MOST_UTILISATION_PERCENT}. Garbage collection works as
 *     hard as it takes, and guests' writes wait for it where it falls behind
 * @param slackBytes what a clone family may take beside that while it is written to: so short bursts, and what is small, need no
 *     garbage collection. Two segments at least
 * @param tailDirectory a directory in memory that outlives the process, for writes on their way to the disk, which can then
 *     end before it has them; or null
 */
public record EngineOptions(
        int segmentBytes,
        long cacheBytes,
        long bitmapBytes,
        long reserveBytes,
        int minUtilisationPercent,
        long slackBytes,
        @Nullable Path tailDirectory) {
    /** Every other block may be garbage: copying costs next to nothing. */
    public static final int LEAST_UTILISATION_PERCENT = 50;

    /** Each block that is overwritten at random costs about five that are copied; it grows without bound from there on. */
    public static final int MOST_UTILISATION_PERCENT = 90;

    /** Each block that is overwritten at random costs about one that is copied. */
    public static final int DEFAULT_UTILISATION_PERCENT = 60;

    /** Two segments of the greatest size. */
    public static final int LEAST_SLACK_BYTES = 2 * Limits.MAX_SEGMENT_BYTES;

    /** As much as the log may have before there is a checkpoint in any case. */
    public static final int DEFAULT_SLACK_BYTES = (int) Limits.CHECKPOINT_LOG_BYTES;

    private static final long MIN_CACHE_BYTES = 16L << 20;
    private static final long MAX_CACHE_BYTES = 1L << 30;
    private static final long MAX_RESERVE_BYTES = 64L << 20;

    /**
     * What suits a host: a small file system has a small reserve, and all loops together cache map nodes in at most a
     * sixteenth of the memory. A gigabyte of nodes maps 256 GiB that are written at random. Bitmaps have an eighth of the
     * heap: 8 MiB are those of 128 GiB.
     *
     * @param tailDirectory as {@link #tailDirectory}
     * @param diskBytes the size of the vPool's file system
     * @param memoryBytes the memory that this process may use
     * @param heapBytes the most that its heap takes of it
     */
    public static EngineOptions forHost(
            int segmentBytes,
            int minUtilisationPercent,
            long slackBytes,
            @Nullable Path tailDirectory,
            long diskBytes,
            long memoryBytes,
            long heapBytes) {
        long cacheBytes = Math.clamp(memoryBytes / 16, MIN_CACHE_BYTES, MAX_CACHE_BYTES);
        long reserveBytes = Math.min(MAX_RESERVE_BYTES, diskBytes / 16);
        return new EngineOptions(
                segmentBytes,
                cacheBytes,
                heapBytes / 8,
                reserveBytes,
                minUtilisationPercent,
                slackBytes,
                tailDirectory);
    }
}
