package io.volary.export.vhost.ring;

import io.volary.export.vhost.memory.ViolationException;

/** The rules for descriptors that refer to a table of descriptors, in both formats. */
final class IndirectTable {
    /** A driver may not make a chain longer than the ring, but some do; what does not fit in a {@link Chain} is refused there. */
    private static final long MAX_BYTES = 65_536L * VirtqueueDescriptor.BYTES;

    private IndirectTable() {}

    static void check(RingLayout layout, int flags, long length) {
        if (!layout.indirect()) {
            throw new ViolationException("an indirect descriptor, which was not negotiated");
        }
        if ((flags & VirtqueueDescriptor.NEXT) != 0) {
            throw new ViolationException("an indirect descriptor that has a next one");
        }
        if (length == 0 || length % VirtqueueDescriptor.BYTES != 0 || length > MAX_BYTES) {
            throw new ViolationException("an indirect table of " + length + " bytes");
        }
    }

    static void checkEntry(int flags) {
        if ((flags & VirtqueueDescriptor.INDIRECT) != 0) {
            throw new ViolationException("an indirect table in an indirect table");
        }
    }
}
