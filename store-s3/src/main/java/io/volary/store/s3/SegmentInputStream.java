package io.volary.store.s3;

import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import software.amazon.awssdk.core.sync.RequestBody;

/** Memory as a stream, without a copy of it. */
final class SegmentInputStream extends InputStream {
    private final MemorySegment segment;
    private long position;

    private SegmentInputStream(MemorySegment segment) {
        this.segment = segment;
    }

    /** A request's content, which is read once for the signature and once for each attempt. */
    static RequestBody body(MemorySegment content) {
        return RequestBody.fromContentProvider(
                () -> new SegmentInputStream(content), content.byteSize(), "application/octet-stream");
    }

    @Override
    public int read() {
        return position == segment.byteSize() ? -1 : segment.get(ValueLayout.JAVA_BYTE, position++) & 0xff;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, buffer.length);
        if (length == 0) {
            return 0;
        }
        int read = (int) Math.min(length, segment.byteSize() - position);
        if (read == 0) {
            return -1;
        }
        MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, position, buffer, offset, read);
        position += read;
        return read;
    }

    @Override
    public long skip(long bytes) {
        long skipped = Math.clamp(bytes, 0, segment.byteSize() - position);
        position += skipped;
        return skipped;
    }

    @Override
    public int available() {
        return (int) Math.min(Integer.MAX_VALUE, segment.byteSize() - position);
    }
}
