package io.volary.volume.store;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The objects and manifests of one clone family. An object holds the bytes of one or more segments; it is appended to,
 * made durable, and then never changes again until it is deleted. A manifest is a small immutable document; the one
 * with the highest number is the family's truth.
 *
 * <p>Objects are named by a number that contains its writer's epoch, so two owners never write the same name.
 * Everything here blocks and may be called from any thread but an event loop's. Failures are {@link StoreException}s.
 *
 * <p>Obligations of every implementation, held by {@code SegmentStoreContractTest}:
 * <ul>
 *   <li>{@link #create} returns only when the object's existence is durable, so that a later sync of its bytes is enough.
 *   <li>A manifest appears whole and durable, or not at all; a number is given once.
 *   <li>What was deleted stays deleted, and deleting what is not there is not an error.
 *   <li>A call that fails with IO_ERROR may have had its effect or not, as one that a crash interrupts may. A creation
 *       that a crash interrupts may leave an object that is shorter than its room.
 * </ul>
 */
public interface SegmentStore extends AutoCloseable {
    /** What an object is for, which decides whether it may use the reserve of a nearly full disk. */
    enum Purpose {
        /** Data of guests: refused with NO_SPACE when only the reserve is left. */
        DATA,
        /** Copies that garbage collection makes to give space back: may use half of the reserve. */
        COLLECTION,
        /** Map nodes and control records: may use all of it, since without them nothing can be given back. */
        HOUSEKEEPING;

        /** How much of a reserve is out of bounds, in bytes. */
        public long spares(long reserveBytes) {
            return switch (this) {
                case DATA -> reserveBytes;
                case COLLECTION -> reserveBytes / 2;
                case HOUSEKEEPING -> 0;
            };
        }
    }

    /**
     * Makes an empty object with room for {@code bytes} bytes, a multiple of {@link SegmentFile#SECTOR_BYTES}, and opens
     * it for appending.
     *
     * @throws StoreException NO_SPACE if the room cannot be had; EXISTS
     */
    SegmentFile create(long object, int bytes, Purpose purpose);

    /** Opens an object for reading. @throws StoreException NOT_FOUND */
    SegmentFile open(long object);

    /**
     * Opens an object that its writer may have left unfinished. What is read of it may be written again to the same place, and a
     * sync makes that durable whatever became of the first time; nothing else is written. It can be sealed.
     *
     * @throws StoreException NOT_FOUND
     */
    SegmentFile openForRecovery(long object);

    /** The numbers of all objects, in no order. */
    List<Long> objects();

    /** Deletes an object. Files that are open on it may only be closed from now on. */
    void delete(long object);

    /**
     * Says that of what is deleted from now on up to so many bytes of room may be kept for objects that are to be created; what is
     * kept beyond that is given back at once. In the beginning it is 0. What is kept counts as stored.
     */
    default void reuse(long bytes) {}

    /** An object that a manifest needs, and how many bytes of it from its beginning on: those are durable and never change. */
    record Needed(long object, long bytes) {}

    /**
     * Puts a manifest.
     *
     * @param needed what it refers to, and what a replay from its position on begins with
     * @throws StoreException EXISTS if that number was ever put by anybody and is still there; NO_SPACE
     */
    void putManifest(long number, byte[] content, List<Needed> needed);

    /** The numbers of all manifests, ascending. */
    List<Long> manifests();

    /** Reads a manifest whole. @throws StoreException NOT_FOUND */
    byte[] manifest(long number);

    void deleteManifest(long number);

    /**
     * The epoch for who opens the family now, above that of everything that was found: where others could open it too, it has been made
     * sure that they take another.
     *
     * @throws StoreException something was found that is as high as what is this server's
     */
    default int epochAbove(int found) {
        return found + 1;
    }

    /** Whether who opens the family has to put a manifest even if nothing has changed. */
    default boolean wantsManifest() {
        return false;
    }

    /** Why the family can only be read, with what to do about it; or null if that is not so. */
    default @Nullable String superseded() {
        return null;
    }

    /** Whether the family may be served by this process. */
    enum Tenure {
        HELD,
        /** It cannot be told now; nothing may be answered until it can. */
        UNCERTAIN,
        /** Another has taken the family over, for good. */
        LOST
    }

    /** To be asked between taking a request and answering it. Does not block; any thread. */
    default Tenure tenure() {
        return Tenure.HELD;
    }

    /** It is going to be closed, when what is under way has ended: nobody needs to wait for what is far away. Does not block. */
    default void prepareToClose() {}

    /** All of it is going to be removed: nothing need be brought anywhere any more. */
    default void discard() {}

    /** Whether objects get beyond the local disk. */
    default boolean isRemote() {
        return false;
    }

    /** Acknowledged bytes that are here but not where they are to be in the end, as far as they have got to the disk. */
    default long behindBytes() {
        return 0;
    }

    /** Whether a guest's write may go on now, as far as what is behind allows; else that is asked again in a moment. On the loop. */
    default boolean admitsWrites() {
        return true;
    }

    /** So many bytes of guests' writes go on. On the loop. */
    default void admitted(long bytes) {}

    /** Bytes that the family takes where it is stored, as {@code du} would count them. */
    long storedBytes();

    /** Frees descriptors; the objects that are open stay so until they are closed themselves. */
    @Override
    void close();
}
