package io.volary.export.vhost;

import io.volary.export.vhost.memory.GuestMemory;
import io.volary.export.vhost.memory.MemoryRegion;
import io.volary.export.vhost.memory.ViolationException;
import io.volary.linux.DescriptorSocket;
import io.volary.linux.SharedDescriptor;
import java.util.ArrayList;
import java.util.List;

/** The messages about a guest's memory, and about the log of what is written to it. */
final class MemoryMessages {
    /** A region: guest address, size, the front-end's address, offset in the file; 8 bytes each. */
    private static final int REGION_BYTES = 32;

    /** Before the regions: their number in 4 bytes, and 4 that mean nothing. */
    private static final int REGIONS = 8;

    /** Size and offset of a log in its file, 8 bytes each. */
    private static final int LOG_BYTES = 16;

    private final GuestMemory memory;
    private final Rings rings;

    MemoryMessages(GuestMemory memory, Rings rings) {
        this.memory = memory;
        this.rings = rings;
    }

    Outcome slots(Message message) {
        message.reply((long) GuestMemory.MAX_REGIONS);
        return Outcome.ANSWERED;
    }

    Outcome replaceAll(Message message) {
        int count = message.withPayload(REGIONS).int32(0);
        if (count < 0 || count > DescriptorSocket.MAX_DESCRIPTORS) {
            throw new ViolationException("a memory table of " + Integer.toUnsignedLong(count) + " regions");
        }
        message.withPayload(REGIONS + count * REGION_BYTES);
        List<MemoryRegion> regions = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            regions.add(region(message, REGIONS + i * REGION_BYTES));
        }
        memory.clear();
        for (MemoryRegion region : regions) {
            add(region, message);
        }
        rings.memoryChanged();
        return Outcome.DONE;
    }

    Outcome add(Message message) {
        add(region(message.withPayload(REGIONS + REGION_BYTES), REGIONS), message);
        rings.memoryChanged();
        return Outcome.DONE;
    }

    private void add(MemoryRegion region, Message message) {
        try (SharedDescriptor file = message.takeDescriptor()) {
            memory.add(region, file);
        }
    }

    /** A descriptor that some front-ends send along is closed with the message. */
    Outcome remove(Message message) {
        memory.remove(region(message.withPayload(REGIONS + REGION_BYTES), REGIONS));
        rings.memoryChanged();
        return Outcome.DONE;
    }

    /**
     * A log to mark writes in, instead of the one before: which is the front-end's alone again when it has the answer.
     *
     * @param shared whether the log comes as memory, as was negotiated; an address of the front-end's would be of no use
     */
    Outcome log(Message message, boolean shared) {
        if (!shared) {
            throw new ViolationException("a dirty log, which was not negotiated");
        }
        message.withPayload(LOG_BYTES);
        try (SharedDescriptor file = message.takeDescriptor()) {
            memory.logInto(file, message.int64(Long.BYTES), message.int64(0));
        }
        rings.memoryChanged();
        rings.wakeAll(); // they may have waited for it
        message.reply(0L);
        return Outcome.ANSWERED;
    }

    Outcome logListener(Message message) {
        memory.log().listener(message.takeEvent());
        return Outcome.DONE;
    }

    private static MemoryRegion region(Message message, int at) {
        return new MemoryRegion(
                message.int64(at), message.int64(at + 8), message.int64(at + 16), message.int64(at + 24));
    }
}
