package io.volary.volume.family;

import io.volary.volume.store.SegmentFile;
import java.util.List;

/**
 * What was found of a clone family in its store.
 *
 * @param manifestNumber the number that the manifest was put under
 * @param epoch a new one, higher than any that left a trace
 * @param nextSegment a number higher than that of any segment that left a trace
 * @param replay the segments of the log from the manifest's position on, in order
 * @param leftovers objects that nothing refers to
 */
public record FamilyContents(
        Manifest manifest,
        long manifestNumber,
        int epoch,
        long nextSegment,
        List<ReplaySegment> replay,
        List<Long> leftovers) {

    /** A segment that may have records which the manifest does not know. */
    record ReplaySegment(long number, int epoch, SegmentFile file, long length) {}
}
