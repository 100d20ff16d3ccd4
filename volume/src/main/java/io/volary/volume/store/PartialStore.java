package io.volary.volume.store;

/** A store that can keep a part of an object. */
public interface PartialStore extends SegmentStore {
    /** Opens an object, for which a name without any room is made if it is not there. That need not be durable. */
    PartialSegmentFile openPartial(long object);
}
