package io.volary.volume.remote;

import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Which parts of an object are on the local disk, in chunks of {@link #CHUNK_BYTES}, and how much each is used. Any thread: a chunk
 * becomes PRESENT by who was the one to make it FETCHING, and ABSENT by who made it LEAVING.
 */
final class ChunkMap {
    static final int CHUNK_BYTES = 64 << 10;

    static final int ABSENT = 0;
    static final int FETCHING = 1;
    static final int PRESENT = 2;
    static final int LEAVING = 3;

    private static final int STATE = 3;
    private static final int USE = 4;
    private static final int MOST_USES = 3;

    private final AtomicIntegerArray chunks;

    /** All chunks of an object of so many bytes; none is there. */
    ChunkMap(long bytes) {
        chunks = new AtomicIntegerArray(count(bytes));
    }

    /** All chunks of an object of so many bytes, which is there. */
    static ChunkMap full(long bytes) {
        var map = new ChunkMap(bytes);
        for (int chunk = 0; chunk < map.count(); chunk++) {
            map.move(chunk, ABSENT, PRESENT);
        }
        return map;
    }

    /** 1 for the states in which a chunk takes room on the local disk, otherwise 0. */
    static int takesRoom(int state) {
        return state == PRESENT || state == LEAVING ? 1 : 0;
    }

    int countPresent() {
        int present = 0;
        for (int chunk = 0; chunk < count(); chunk++) {
            present += takesRoom(state(chunk));
        }
        return present;
    }

    static int count(long bytes) {
        return Math.toIntExact((bytes + CHUNK_BYTES - 1) / CHUNK_BYTES);
    }

    int count() {
        return chunks.length();
    }

    int state(int chunk) {
        return chunks.get(chunk) & STATE;
    }

    /** Whether all of a range is here. What lies behind the last chunk is, as nothing is there. */
    boolean present(long offset, int length) {
        int last = (int) Math.min((offset + length - 1) / CHUNK_BYTES, chunks.length() - 1);
        for (int chunk = (int) (offset / CHUNK_BYTES); chunk <= last; chunk++) {
            if (state(chunk) != PRESENT) {
                return false;
            }
        }
        return true;
    }

    /** Goes from one state to another, with no uses. @return whether it was in the first */
    boolean move(int chunk, int from, int to) {
        while (true) {
            int value = chunks.get(chunk);
            if ((value & STATE) != from) {
                return false;
            }
            if (chunks.compareAndSet(chunk, value, to)) {
                return true;
            }
        }
    }

    /** Somebody reads it. */
    void use(int chunk) {
        int value = chunks.get(chunk);
        if (value < PRESENT + MOST_USES * USE && (value & STATE) == PRESENT) {
            chunks.compareAndSet(chunk, value, value + USE); // one that is not counted does no harm
        }
    }

    /** A clock's hand passes over it: it counts for less. @return whether it was used since the last time */
    boolean age(int chunk) {
        int value = chunks.get(chunk);
        if (value < USE + PRESENT) {
            return false;
        }
        chunks.compareAndSet(chunk, value, value - USE);
        return true;
    }
}
