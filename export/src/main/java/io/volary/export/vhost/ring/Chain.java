package io.volary.export.vhost.ring;

import io.volary.block.IoVector;
import io.volary.export.vhost.memory.DirtyLog;
import io.volary.export.vhost.memory.GuestMemory;
import io.volary.export.vhost.memory.ViolationException;

/**
 * One chain of descriptors: what the guest wants read, and where it wants something written. Belongs to a request slot and
 * is used again for each request.
 */
public final class Chain {
    /** The most pieces of each of the two parts; more than a driver may use that heeds {@code seg_max}. */
    public static final int MAX_PIECES = 160;

    private final IoVector readable = new IoVector(MAX_PIECES);
    private final IoVector writable = new IoVector(MAX_PIECES);

    /** Where the guest has each piece of the writable part. */
    private final long[] addresses = new long[MAX_PIECES];

    /** How the guest knows the chain: its first descriptor's index (split), or its buffer id (packed). */
    int id;

    /** How many descriptors of the ring it takes up. */
    int slots;

    /** The entry of the chain in the record of what is in flight. */
    int entry;

    void clear() {
        readable.clear();
        writable.clear();
        slots = 0;
    }

    /** @throws ViolationException if it is not the guest's memory, or in the wrong order */
    void add(GuestMemory memory, long address, long length, boolean write) {
        if (write) {
            addWritable(memory, address, length);
        } else if (writable.count() > 0) {
            throw new ViolationException("a chain with something to read behind something to write");
        } else {
            memory.append(address, length, readable, MAX_PIECES);
        }
    }

    private void addWritable(GuestMemory memory, long address, long length) {
        int piece = writable.count();
        memory.append(address, length, writable, MAX_PIECES);
        for (long at = address; piece < writable.count(); piece++) {
            addresses[piece] = at;
            at += writable.length(piece);
        }
    }

    /**
     * Marks a range of the writable part, which has been written.
     *
     * @return false if the log has gone
     */
    public boolean mark(DirtyLog log, long from, long bytes) {
        long skip = from;
        long left = bytes;
        for (int i = 0; left > 0; i++) {
            long part = Math.min(writable.length(i) - skip, left);
            if (part > 0) {
                if (!log.mark(addresses[i] + skip, part)) {
                    return false;
                }
                left -= part;
                skip = 0;
            } else {
                skip -= writable.length(i);
            }
        }
        return true;
    }

    /** What the driver has written for the device. */
    public IoVector readable() {
        return readable;
    }

    /** Where the device writes. */
    public IoVector writable() {
        return writable;
    }
}
