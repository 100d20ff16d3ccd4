package io.volary.volume.store;

/**
 * An open object of which only parts need be here; the others are holes. It can be written to anywhere, by the blocking methods and
 * from several threads at once as long as their ranges do not overlap. Parts are of whole blocks of 4096 bytes.
 */
public interface PartialSegmentFile extends SegmentFile {
    /** Where the next part begins that is here, at or after {@code offset}; the object's length if none follows. Blocks. */
    long nextPart(long offset);

    /** Where the part at {@code offset} ends that is here. Blocks. */
    long endOfPart(long offset);

    /** Gives the room of a range back, which becomes a hole; nobody reads or writes it meanwhile. Blocks. */
    void drop(long offset, long bytes);

    /** Makes the object as long as {@code bytes}, if it is not longer; what is added is a hole. Blocks. */
    void lengthen(long bytes);
}
