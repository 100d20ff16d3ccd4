package io.volary.volume;

/**
 * How the engine is set up, the same for all volumes of a vPool.
 *
 * @param segmentBytes the size at which a segment is sealed: 1 MiB to 32 MiB, a multiple of 1 MiB
 * @param cacheBytes the most memory that cached map nodes take per loop, at least 8 MiB
 */
public record EngineOptions(int segmentBytes, long cacheBytes) {
    public static EngineOptions defaults() {
        return new EngineOptions(32 << 20, 256L << 20);
    }
}
