package io.volary.volume.remote;

import io.volary.volume.store.StoreException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Named objects that never change, on a store beyond the local disk. Names are of the characters {@code a-z 0-9 . - /}, at
 * most {@link #MAX_NAME_LENGTH} of them, without empty parts; {@code /} separates parts and asks for nothing to be made before.
 *
 * <p>All methods block, for a bounded time, and may be called from any number of threads, but not from an event loop's. Failures are
 * {@link StoreException}s: NOT_FOUND, NO_SPACE, or IO_ERROR for all else, after the implementation's own retries; the message names
 * store, object and reason, and never a secret.
 *
 * <p>Obligations of every implementation, held by {@code ObjectStoreContractTest}:
 * <ul>
 *   <li>An object appears whole and durable, or not at all. What a call has returned is seen by every later one, of any client.
 *   <li>A call that fails with IO_ERROR may have had its effect or not, and may have it for a while yet.
 *   <li>Memory is the caller's again when the call has ended, however it ended.
 * </ul>
 */
public interface ObjectStore extends AutoCloseable {
    int MAX_NAME_LENGTH = 200;

    /** The largest object that can be put, in bytes: the manifest of a family of hundreds of terabytes. */
    long MAX_OBJECT_BYTES = 512L << 20;

    /** An object that is there. */
    record Stored(String name, long bytes) {}

    /**
     * Puts an object. A name stands for its content: should there be one of that name, it is left as it is, and that is no failure.
     * So a call that failed can be made again.
     *
     * @param content native or heap memory, up to {@link #MAX_OBJECT_BYTES}
     */
    void put(String name, MemorySegment content);

    /**
     * Makes an empty object if there is none of that name. Of all the calls there ever were for a name that nobody deleted, at most one
     * has returned true, however many clients there are; after one that failed, all may return false.
     */
    boolean claim(String name);

    /**
     * Reads a part of an object: exactly as much as there is room in {@code into}, from {@code offset} on, and no more than that is
     * transferred.
     *
     * @throws StoreException NOT_FOUND; IO_ERROR if the object ends before
     */
    void get(String name, long offset, MemorySegment into);

    /** All objects whose name begins with {@code prefix}, in the order of their names' characters. */
    List<Stored> list(String prefix);

    /** Deletes an object; one that is not there is no failure. */
    void delete(String name);

    /** What was asked of the store so far. */
    RequestCounts requests();

    /** Ends what is under way; no call may follow. */
    @Override
    void close();
}
