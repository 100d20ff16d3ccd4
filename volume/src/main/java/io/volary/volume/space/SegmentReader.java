package io.volary.volume.space;

import io.volary.linux.Errno;
import io.volary.linux.IoCallback;
import io.volary.volume.Limits;
import io.volary.volume.format.BlockEntry;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Reads blocks by their place in the log, wherever their bytes are now. Checksums are the caller's to verify: it has
 * them in its map. Confined to the loop's thread; nothing is allocated once enough reads have been in flight.
 */
public final class SegmentReader {
    private final SegmentTable segments;
    private final ObjectFiles files;
    private final ArrayDeque<Transfer> idle = new ArrayDeque<>();
    private int inFlight;

    /** The read whose callback runs. */
    private @Nullable Transfer ending;

    public SegmentReader(SegmentTable segments, ObjectFiles files) {
        this.segments = segments;
        this.files = files;
    }

    /**
     * Reads {@code blocks} consecutive blocks of one segment, the first at {@code place}.
     *
     * @param done hears 0, or a negative errno
     */
    public void read(long place, int blocks, MemorySegment memory, long at, IoCallback done) {
        Transfer transfer = idle.isEmpty() ? new Transfer() : idle.pop();
        transfer.place = place;
        transfer.memory = memory;
        transfer.at = at;
        transfer.left = blocks * Limits.BLOCK_BYTES;
        transfer.done = done;
        inFlight++;
        transfer.locate();
    }

    /**
     * Says that what a read got is not what was written there; to be asked while {@code done} hears of the read.
     *
     * @return whether it may be another time
     */
    public boolean doubt() {
        Transfer read = ending;
        return read != null
                && read.source != null
                && read.source.file.doubt(read.begin, Math.toIntExact(read.offset - read.begin) + read.left);
    }

    /** Whether reads have not ended yet. */
    public boolean busy() {
        return inFlight > 0;
    }

    /** One read on its way: through the bitmaps of a packed segment, the opening of its object, and short counts. */
    private final class Transfer implements IoCallback {
        private long place;
        private MemorySegment memory = MemorySegment.NULL;
        private long at;
        private int left;
        private long begin;
        private long offset;
        private IoCallback done = result -> {};
        private ObjectFiles.@Nullable OpenObject source;

        void locate() {
            Segment segment = segments.find(BlockEntry.segment(place));
            if (segment == null) {
                finish(-Errno.EIO);
            } else if (segment.packed && !segment.resident()) {
                segments.load(segment, intact -> {
                    if (intact) {
                        locate();
                    } else {
                        finish(-Errno.EIO);
                    }
                });
            } else {
                begin = (long) segment.objectBlock(BlockEntry.block(place)) * Limits.BLOCK_BYTES;
                offset = begin;
                readFrom(segment.object);
            }
        }

        private void readFrom(long object) {
            source = files.pin(object);
            if (source != null) {
                submit();
            } else {
                files.openAndPin(object, opened -> {
                    source = opened;
                    if (opened == null) {
                        finish(-Errno.EIO);
                    } else {
                        submit();
                    }
                });
            }
        }

        private void submit() {
            if (source != null) {
                source.file.read(offset, memory, at, left, this);
            }
        }

        @Override
        public void completed(int result) {
            if (result == -Errno.EINTR || result == -Errno.EAGAIN) {
                submit();
            } else if (result <= 0) {
                finish(result == 0 ? -Errno.EIO : result);
            } else if (result < left) {
                offset += result;
                at += result;
                left -= result;
                submit();
            } else {
                finish(0);
            }
        }

        private void finish(int result) {
            inFlight--;
            Transfer outer = ending;
            ending = this;
            done.completed(result);
            ending = outer;
            if (source != null) {
                files.unpin(source);
                source = null;
            }
            idle.push(this);
        }
    }
}
