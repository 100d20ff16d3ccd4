package io.volary.volume.log;

import io.volary.volume.format.NativeBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A record that is in the log and has to be applied to the maps: one that was just written, or one that is replayed.
 * {@link io.volary.volume.format.RecordHeader} reads it.
 */
public class LogRecord {
    protected NativeBuffer buffer;
    protected long at;
    protected long segment;
    protected int block;

    protected LogRecord(NativeBuffer buffer) {
        this.buffer = buffer;
    }

    /** Holds the record's header at {@link #at()}. */
    public NativeBuffer buffer() {
        return buffer;
    }

    public long at() {
        return at;
    }

    /** The segment that the record lies in. */
    public long segment() {
        return segment;
    }

    /** The block in its segment of the record's header; the data blocks follow it. */
    public int block() {
        return block;
    }

    /** Who hears of extent {@code index}, or of the control operation (0); null for nobody, as in a replay. */
    public @Nullable RecordSink sink(int index) {
        return null;
    }
}
