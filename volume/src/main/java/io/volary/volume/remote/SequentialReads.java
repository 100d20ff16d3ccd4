package io.volary.volume.remote;

/**
 * Notices who reads an object from front to back, and says how far ahead of him to fetch. Reads may overtake one another, and what he reads
 * next may still be on its way. Confined to the loop's thread.
 */
final class SequentialReads {
    private static final int MOST_CHUNKS = Fetches.MOST_AHEAD / ChunkMap.CHUNK_BYTES;
    private static final int FIRST_CHUNKS = 2;
    private static final int GROWTH = 4;

    /** What was fetched ahead last; 0 if the last reads are no sequence. */
    private int window;

    /** Where the reader is, or was when that was asked for: from here to {@link #end} all is here or on its way. */
    private int begin;

    /** Behind what was fetched, and where a sequence would go on. */
    private int end = -1;

    private int next;

    /** Chunks {@code first} to {@code last} are not all here. @return how many more to fetch, from {@link #next} on */
    int missed(int first, int last) {
        boolean within = window > 0 && first >= begin && first < end;
        if (within && last < end) {
            return reached(first);
        }
        boolean goesOn = within || first == end || first + 1 == end;
        begin = first;
        end = last + 1;
        if (!goesOn) {
            window = 0;
            return 0;
        }
        return extend();
    }

    /** A chunk that is here, or on its way, is read. @return how many more to fetch now, from {@link #next} on */
    int reached(int chunk) {
        if (window == 0 || chunk < end - window / 2 || chunk >= end) {
            return 0;
        }
        begin = end - window;
        return extend();
    }

    /** Where what is to be fetched ahead begins. */
    int next() {
        return next;
    }

    private int extend() {
        window = Math.clamp((long) GROWTH * window, FIRST_CHUNKS, MOST_CHUNKS);
        next = end;
        end = next + window;
        return window;
    }
}
