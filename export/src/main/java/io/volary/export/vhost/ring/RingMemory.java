package io.volary.export.vhost.ring;

import io.volary.export.vhost.memory.GuestMemory;
import io.volary.export.vhost.memory.ViolationException;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * The three parts of a ring in the guest's memory, each as long as the ring's {@link RingLayout} says.
 *
 * @param log where writes to them are marked, or null
 */
public record RingMemory(
        MemorySegment descriptors,
        MemorySegment driver,
        MemorySegment device,
        @Nullable RingLog log) {
    private static final int DESCRIPTOR_ALIGNMENT = 16;
    private static final int DRIVER_ALIGNMENT = 2;
    private static final int DEVICE_ALIGNMENT = 4;

    /**
     * Finds the parts at addresses of the front-end.
     *
     * @throws ViolationException if one of them is not in the guest's memory, or not aligned
     */
    public static RingMemory at(GuestMemory memory, RingLayout layout, long descriptors, long driver, long device) {
        return new RingMemory(
                part(memory, descriptors, layout.descriptorBytes(), DESCRIPTOR_ALIGNMENT),
                part(memory, driver, layout.driverBytes(), DRIVER_ALIGNMENT),
                part(memory, device, layout.deviceBytes(), DEVICE_ALIGNMENT),
                null);
    }

    /** The same ring, whose device marks what it writes. */
    public RingMemory loggedBy(RingLog ringLog) {
        return new RingMemory(descriptors, driver, device, ringLog);
    }

    private static MemorySegment part(GuestMemory memory, long address, long length, int alignment) {
        MemorySegment part = memory.sliceOfUser(address, length);
        if (part == null) {
            throw new ViolationException("a ring outside the guest's memory");
        }
        if (part.address() % alignment != 0) {
            throw new ViolationException("a ring that is not aligned");
        }
        return part;
    }
}
