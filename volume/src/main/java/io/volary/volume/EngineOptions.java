package io.volary.volume;

/**
 * How the engine is set up, the same for all volumes of a vPool.
 *
 * @param segmentBytes the size at which a segment is sealed: 1 MiB to 32 MiB, a multiple of 1 MiB
 * @param cacheBytes the most memory that cached map nodes take per loop, at least 1 MiB
 * @param reserveBytes free space of the file system that guests' data does not get, so that deleting and cleaning work
 *     on a full disk
 */
public record EngineOptions(int segmentBytes, long cacheBytes, long reserveBytes) {
    private static final long CACHE_BYTES = 128L << 20;
    private static final long MAX_RESERVE_BYTES = 64L << 20;

    /** What suits a file system of {@code diskBytes}: a small one has a small reserve. */
    public static EngineOptions forDisk(int segmentBytes, long diskBytes) {
        return new EngineOptions(segmentBytes, CACHE_BYTES, Math.min(MAX_RESERVE_BYTES, diskBytes / 16));
    }
}
