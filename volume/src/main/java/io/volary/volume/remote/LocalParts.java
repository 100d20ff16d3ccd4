package io.volary.volume.remote;

import io.volary.volume.store.PartialSegmentFile;
import org.jspecify.annotations.Nullable;

/** Finds out which chunks of an object a local file has, after a restart. */
final class LocalParts {
    private LocalParts() {}

    /**
     * The chunks of the first {@code stored} bytes, which can be fetched, or null if all are here. One that is here only in part counts as
     * absent. Blocks.
     */
    static @Nullable ChunkMap of(PartialSegmentFile file, long stored) {
        var chunks = new ChunkMap(stored);
        int present = 0;
        long length = file.length();
        for (long at = 0; at < Math.min(stored, length); ) {
            long begin = file.nextPart(at);
            if (begin >= length) {
                break;
            }
            long end = Math.min(file.endOfPart(begin), length);
            present += mark(chunks, begin, end, stored);
            at = Math.max(end, begin + 1);
        }
        return present == chunks.count() ? null : chunks;
    }

    private static int mark(ChunkMap chunks, long begin, long end, long stored) {
        int marked = 0;
        long first = (begin + ChunkMap.CHUNK_BYTES - 1) / ChunkMap.CHUNK_BYTES;
        for (int chunk = (int) first; chunk < chunks.count(); chunk++) {
            if (Math.min((long) (chunk + 1) * ChunkMap.CHUNK_BYTES, stored) > end) {
                break;
            }
            marked += chunks.move(chunk, ChunkMap.ABSENT, ChunkMap.PRESENT) ? 1 : 0;
        }
        return marked;
    }
}
