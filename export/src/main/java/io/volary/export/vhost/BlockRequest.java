package io.volary.export.vhost;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.volary.block.BlockDevice;
import io.volary.block.BlockQueue;
import io.volary.block.BlockStatus;
import io.volary.block.Completion;
import io.volary.block.IoVector;
import io.volary.block.WriteFlags;
import io.volary.export.vhost.memory.DirtyLog;
import io.volary.export.vhost.memory.ViolationException;
import io.volary.export.vhost.ring.Chain;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The slot of one request of a guest, from the moment it is looked at in the ring until it has been given back. What the guest
 * has written is read once; nothing that decides anything is read again. Slots are used again and again.
 */
final class BlockRequest implements Completion {
    /** What goes to the device in one operation, so that a huge request leaves others their turn. */
    private static final long MAX_PIECE_BYTES = 4 << 20;

    private static final int SECTOR = ConfigSpace.SECTOR_BYTES;
    private static final byte UNDECIDED = -1;

    private final Chain chain = new Chain();
    private final IoVector piece = new IoVector(Chain.MAX_PIECES);
    private final MemorySegment head = MemorySegment.ofArray(new byte[RequestType.HEADER_BYTES]);
    private final MemorySegment status = MemorySegment.ofArray(new byte[1]);
    private final MemorySegment ranges =
            MemorySegment.ofArray(new byte[ConfigSpace.MAX_RANGES * RequestType.RANGE_BYTES]);

    private @Nullable RequestQueue owner;
    private int type;
    private long offset;
    private long end;
    private long dataBytes;
    private long position;
    private int rangeCount;
    private int range;
    private boolean durable;
    private boolean faulted;
    private boolean unmarked;
    private byte result;
    private long use;

    /** Where the operation began that the device was asked for last. */
    private long lastPosition;

    private int lastRange;

    private boolean held;

    /** Until when it is held while there is no space. */
    private long holdEnds;

    Chain chain() {
        return chain;
    }

    /**
     * Reads what the chain asks for, and decides already how it ends if the device need not be asked.
     *
     * @param durably whether writes have to be durable when they end
     * @throws ViolationException if there is no place for the head or for the status
     */
    void decode(BlockDevice device, boolean durably) {
        if (chain.readable().length() < RequestType.HEADER_BYTES
                || chain.writable().length() < 1) {
            throw new ViolationException("a request without a head or without room for its status");
        }
        chain.readable().copyTo(0, head, 0, RequestType.HEADER_BYTES);
        type = head.get(JAVA_INT_UNALIGNED, 0);
        long sector = head.get(JAVA_LONG_UNALIGNED, Long.BYTES);
        durable = durably;
        faulted = false;
        held = false;
        unmarked = false;
        position = 0;
        range = 0;
        lastPosition = 0;
        lastRange = 0;
        rangeCount = 0;
        dataBytes = 0;
        offset = 0;
        end = 0;
        result = switch (type) {
            case RequestType.IN -> decodeData(device, sector, chain.writable().length() - 1);
            case RequestType.OUT ->
                device.readOnly()
                        ? RequestStatus.IO_ERROR
                        : decodeData(device, sector, chain.readable().length() - RequestType.HEADER_BYTES);
            case RequestType.FLUSH -> UNDECIDED;
            case RequestType.GET_ID -> RequestStatus.OK;
            case RequestType.DISCARD, RequestType.WRITE_ZEROES ->
                device.readOnly() ? RequestStatus.IO_ERROR : decodeRanges(device);
            default -> RequestStatus.UNSUPPORTED;
        };
    }

    private byte decodeData(BlockDevice device, long sector, long bytes) {
        if (bytes == 0 || !isInside(device, sector, bytes)) {
            return RequestStatus.IO_ERROR;
        }
        offset = sector * SECTOR;
        end = offset + bytes;
        dataBytes = bytes;
        return UNDECIDED;
    }

    private static boolean isInside(BlockDevice device, long sector, long bytes) {
        long size = device.size();
        return sector >= 0
                && sector <= size / SECTOR
                && bytes <= size - sector * SECTOR
                && ((sector * SECTOR | bytes) & (device.blockSize() - 1)) == 0;
    }

    private byte decodeRanges(BlockDevice device) {
        long bytes = chain.readable().length() - RequestType.HEADER_BYTES;
        if (bytes == 0 || bytes % RequestType.RANGE_BYTES != 0 || bytes > ranges.byteSize()) {
            return RequestStatus.IO_ERROR;
        }
        chain.readable().copyTo(RequestType.HEADER_BYTES, ranges, 0, bytes);
        rangeCount = (int) (bytes / RequestType.RANGE_BYTES);
        offset = Long.MAX_VALUE;
        for (int i = 0; i < rangeCount; i++) {
            int allowed = type == RequestType.WRITE_ZEROES ? RequestType.FLAG_UNMAP : 0;
            if ((rangeFlags(i) & ~allowed) != 0) {
                return RequestStatus.UNSUPPORTED;
            }
            if (rangeSectors(i) > ConfigSpace.MAX_RANGE_SECTORS
                    || !isInside(device, rangeSector(i), rangeSectors(i) * SECTOR)) {
                return RequestStatus.IO_ERROR;
            }
            offset = Math.min(offset, rangeSector(i) * SECTOR);
            end = Math.max(end, (rangeSector(i) + rangeSectors(i)) * SECTOR);
        }
        return UNDECIDED;
    }

    private long rangeSector(int index) {
        return ranges.get(JAVA_LONG_UNALIGNED, (long) index * RequestType.RANGE_BYTES);
    }

    private long rangeSectors(int index) {
        return Integer.toUnsignedLong(
                ranges.get(JAVA_INT_UNALIGNED, (long) index * RequestType.RANGE_BYTES + Long.BYTES));
    }

    private int rangeFlags(int index) {
        return ranges.get(JAVA_INT_UNALIGNED, (long) index * RequestType.RANGE_BYTES + Long.BYTES + Integer.BYTES);
    }

    /** Whether it will change the device: it is of a kind that does, and nothing is wrong with it. */
    boolean changes() {
        return result == UNDECIDED && isChange();
    }

    /** Whether it is of a kind that changes the device. */
    boolean isChange() {
        return type == RequestType.OUT || type == RequestType.DISCARD || type == RequestType.WRITE_ZEROES;
    }

    /** Whether both touch the same bytes. */
    boolean overlaps(BlockRequest other) {
        return offset < other.end && other.offset < end;
    }

    /** The request has been taken. */
    void take(RequestQueue queue, long memoryUse) {
        owner = queue;
        use = memoryUse;
    }

    /** Asks the device, if need be; the end comes to {@link RequestQueue#ended}. */
    void start() {
        if (result == UNDECIDED) {
            goOn();
        } else {
            owner().ended(this);
        }
    }

    long use() {
        return use;
    }

    boolean isOf(RequestQueue queue) {
        return queue.equals(owner);
    }

    /** Whether it has been held since it was taken. */
    boolean isHeld() {
        return held;
    }

    /** Says until when it may be held, by {@link System#nanoTime}. */
    void holdUntil(long nanos) {
        held = true;
        holdEnds = nanos;
    }

    boolean waitsStill(long now) {
        return now - holdEnds < 0;
    }

    /** Asks the device for what it refused, or was not asked for yet; false if it takes no more now. */
    boolean retry() {
        return owner().retry(this);
    }

    /** There is no space, and nobody waits for some any more. */
    void giveUp() {
        result = RequestStatus.IO_ERROR;
        owner().withoutSpace(this);
    }

    /** What has been done stays done: on a full disk that was dear. */
    void goOnFromLast() {
        position = lastPosition;
        range = lastRange;
        goOn();
    }

    /** The next operation of those that the request takes. */
    private void goOn() {
        BlockQueue device = owner().device();
        lastPosition = position;
        lastRange = range;
        switch (type) {
            case RequestType.IN -> device.read(offset + position, nextPiece(chain.writable(), 0), this);
            case RequestType.OUT -> {
                long at = offset + position;
                device.write(at, nextPiece(chain.readable(), RequestType.HEADER_BYTES), writeFlags(), this);
            }
            case RequestType.FLUSH -> device.flush(this);
            case RequestType.DISCARD, RequestType.WRITE_ZEROES -> nextRange(device);
            default -> throw new IllegalStateException("a request of type " + type + " is not for the device");
        }
    }

    private int writeFlags() {
        return durable ? WriteFlags.FUA : WriteFlags.NONE;
    }

    private IoVector nextPiece(IoVector whole, long before) {
        long bytes = Math.min(MAX_PIECE_BYTES, dataBytes - position);
        long skip = before + position;
        position += bytes;
        faulted |= piece.faulted();
        piece.clear();
        for (int i = 0; bytes > 0; i++) {
            long length = whole.length(i);
            if (skip >= length) {
                skip -= length;
                continue;
            }
            long part = Math.min(length - skip, bytes);
            piece.add(whole.base(i), whole.offset(i) + skip, part);
            bytes -= part;
            skip = 0;
        }
        return piece;
    }

    private void nextRange(BlockQueue device) {
        while (range < rangeCount && rangeSectors(range) == 0) {
            range++;
        }
        if (range == rangeCount) {
            // Of several operations the last makes all of them durable; this one has nothing else to do.
            device.flush(this);
            range++;
            return;
        }
        long at = rangeSector(range) * SECTOR;
        long bytes = rangeSectors(range) * SECTOR;
        if (type == RequestType.DISCARD) {
            device.discard(at, bytes, this);
        } else {
            boolean unmap = (rangeFlags(range) & RequestType.FLAG_UNMAP) != 0;
            device.writeZeroes(at, bytes, unmap ? WriteFlags.NONE : WriteFlags.NO_HOLE, this);
        }
        range++;
    }

    @Override
    public void complete(BlockStatus ended) {
        if (type == RequestType.IN && log().isOfData()) {
            // Piece by piece, so that the marks of a huge request take no longer than a pass may; also of a failed one,
            // which
            // may have written something.
            mark(position - piece.length(), piece.length());
        }
        if (ended == BlockStatus.OK && hasMore()) {
            goOn();
            return;
        }
        if (ended == BlockStatus.NO_SPACE && isChange() && owner().hold(this)) {
            return;
        }
        result = RequestStatus.of(ended);
        if (ended == BlockStatus.NO_SPACE) {
            owner().withoutSpace(this);
        } else {
            owner().ended(this);
        }
    }

    private boolean hasMore() {
        return switch (type) {
            case RequestType.IN, RequestType.OUT -> position < dataBytes;
            case RequestType.DISCARD, RequestType.WRITE_ZEROES ->
                range < rangeCount || (durable && range == rangeCount);
            default -> false;
        };
    }

    /**
     * Writes the end of the request to the guest's memory.
     *
     * @return how many bytes the guest finds written
     * @throws ViolationException if that memory has gone
     */
    long report(MemorySegment id) {
        IoVector writable = chain.writable();
        long last = writable.length() - 1;
        long written = type == RequestType.IN ? dataBytes : 0;
        if (type == RequestType.GET_ID) {
            written = Math.min(last, RequestType.ID_BYTES);
            writable.copyFrom(id, 0, 0, written);
        }
        status.set(JAVA_BYTE, 0, result);
        writable.copyFrom(status, 0, last, 1);
        if (log().isOfData()) {
            mark(0, type == RequestType.GET_ID ? written : 0);
            mark(last, 1);
        }
        if (unmarked) {
            throw new ViolationException("a dirty log in memory that it has taken away");
        }
        if (faulted || piece.faulted() || writable.faulted() || chain.readable().faulted()) {
            throw new ViolationException("a request in memory that it has taken away");
        }
        return written + 1;
    }

    /** Tells a log of writes to the request's memory; what has not been told must not go back to the guest. */
    private void mark(long from, long bytes) {
        unmarked |= !chain.mark(log(), from, bytes);
    }

    private DirtyLog log() {
        return owner().connection().memory().log();
    }

    private RequestQueue owner() {
        if (owner == null) {
            throw new IllegalStateException("the request belongs to no queue");
        }
        return owner;
    }

    void end() {
        owner = null;
        piece.clear();
    }
}
