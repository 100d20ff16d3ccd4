package io.volary.export.vhost.ring;

import io.volary.export.vhost.memory.DirtyLog;
import io.volary.export.vhost.memory.GuestMemory;
import io.volary.export.vhost.memory.ViolationException;

/** Marks what the device writes to one ring, after it has been written. */
public final class RingLog {
    private final DirtyLog log;
    private final RingLayout layout;
    private final long descriptors;
    private final long device;

    /**
     * The log of the ring that is at these addresses.
     *
     * @param descriptors an address of the front-end's; where the guest has it is where it is marked
     * @param device the address under which the front-end wants the device's area marked, which may be one that the guest has not
     * @throws ViolationException if the log is too short for that one
     */
    public RingLog(GuestMemory memory, RingLayout layout, long descriptors, long device) {
        log = memory.log();
        this.layout = layout;
        this.descriptors = memory.guestAddress(descriptors);
        this.device = device;
        log.requireRoom(device, layout.deviceBytes());
    }

    void markDescriptor(long offset) {
        mark(descriptors + offset, VirtqueueDescriptor.BYTES);
    }

    void markDevice(long offset, long bytes) {
        mark(device + offset, bytes);
    }

    void markAll() {
        markDevice(0, layout.deviceBytes());
        if (layout.packed()) {
            mark(descriptors, layout.descriptorBytes());
        }
    }

    private void mark(long address, long bytes) {
        if (!log.mark(address, bytes)) {
            throw new ViolationException("a dirty log in memory that it has taken away");
        }
    }
}
