package io.volary.volume.remote;

/**
 * Requests that were made to a store, as it charges for them, retries included, and the bytes of content.
 *
 * @param puts puts, claims and parts of large objects
 */
public record RequestCounts(long puts, long gets, long lists, long deletes, long sentBytes, long receivedBytes) {
    public static final RequestCounts NONE = new RequestCounts(0, 0, 0, 0, 0, 0);
}
