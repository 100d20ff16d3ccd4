package io.volary.export.vhost.ring;

import io.volary.export.vhost.memory.ViolationException;

/**
 * Where a ring is and what was negotiated for it.
 *
 * @param size how many descriptors it has
 * @param packed in the packed format instead of the split one
 * @param indirect whether a descriptor may refer to a table of descriptors
 * @param eventIndex whether either side says at which position it wants to be notified
 */
public record RingLayout(int size, boolean packed, boolean indirect, boolean eventIndex) {
    public static final int MAX_SIZE = 4096;

    private static final int DESCRIPTOR_BYTES = 16;
    private static final int EVENT_BYTES = 4;
    private static final int RING_HEAD_BYTES = 4;
    private static final int USED_ELEMENT_BYTES = 8;

    /** @throws ViolationException if there is no such ring */
    public RingLayout {
        if (size < 1 || size > MAX_SIZE || (!packed && Integer.bitCount(size) != 1)) {
            throw new ViolationException("a ring of " + Integer.toUnsignedLong(size) + " descriptors");
        }
    }

    public long descriptorBytes() {
        return (long) size * DESCRIPTOR_BYTES;
    }

    /** What the driver writes: the available ring, or the driver's event suppression. */
    public long driverBytes() {
        return packed ? EVENT_BYTES : RING_HEAD_BYTES + (long) size * Short.BYTES + Short.BYTES;
    }

    /** What the device writes: the used ring, or the device's event suppression. */
    public long deviceBytes() {
        return packed ? EVENT_BYTES : RING_HEAD_BYTES + (long) size * USED_ELEMENT_BYTES + Short.BYTES;
    }
}
