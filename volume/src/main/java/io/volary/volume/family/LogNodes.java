package io.volary.volume.family;

import io.volary.linux.IoCallback;
import io.volary.volume.map.NodeSource;
import io.volary.volume.space.SegmentReader;
import java.lang.foreign.MemorySegment;

/** The map's nodes, where the log has them. */
record LogNodes(SegmentReader reader) implements NodeSource {
    @Override
    public void readNode(long place, MemorySegment memory, long at, IoCallback done) {
        reader.read(place, 1, memory, at, done);
    }

    @Override
    public boolean doubt() {
        return reader.doubt();
    }
}
