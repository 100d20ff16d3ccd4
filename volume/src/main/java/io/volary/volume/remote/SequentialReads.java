package io.volary.volume.remote;

/** Notices who reads an object from front to back. Confined to the loop's thread. */
final class SequentialReads {
    private static final int MOST_CHUNKS = Fetches.MOST_AHEAD / ChunkMap.CHUNK_BYTES;
    private static final int FIRST_CHUNKS = 2;

    /** Where the next read would begin if it went on from the last miss, and what was fetched ahead of that. */
    private int expected = -1;

    private int window;
    private int next;
    private int marker = -1;

    /** Chunks {@code first} to {@code last} are fetched. @return how many more to fetch, from {@link #next} on */
    int missed(int first, int last) {
        boolean goesOn = first == expected || first + 1 == expected;
        expected = last + 1;
        if (!goesOn) {
            window = 0;
            marker = -1;
            return 0;
        }
        next = last + 1;
        return extend();
    }

    /** A chunk that is here is read. @return how many more to fetch now, from {@link #next} on */
    int reached(int chunk) {
        if (chunk != marker) {
            return 0;
        }
        next += window;
        expected = next;
        return extend();
    }

    /** Where what is to be fetched ahead begins. */
    int next() {
        return next;
    }

    private int extend() {
        window = Math.clamp(2L * window, FIRST_CHUNKS, MOST_CHUNKS);
        marker = next + window / 2;
        expected = next + window;
        return window;
    }
}
