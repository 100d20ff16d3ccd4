package io.volary.volume.remote;

/**
 * How a vPool uses a store beyond the local disk.
 *
 * @param cacheBytes how much of the local disk may hold what the store has too
 * @param behindBytes how much may be there only, as guests' writes are slowed down to keep to that
 * @param delayMillis how long what was flushed may wait for more to go to the store with it
 * @param leaseMillis how long volumes are served without an answer from the store, 0 for ever
 * @param reserveBytes free space of the local disk that guests' data does not get
 * @param pieceBytes the most that one object of the store has of a segment
 */
public record TieredOptions(
        long cacheBytes, long behindBytes, long delayMillis, long leaseMillis, long reserveBytes, int pieceBytes) {
    /** Large enough that a request's costs do not count, and several fit into memory. */
    public static final int PIECE_BYTES = 16 << 20;
}
