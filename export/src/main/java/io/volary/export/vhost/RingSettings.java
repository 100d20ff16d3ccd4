package io.volary.export.vhost;

import io.volary.export.vhost.memory.GuestMemory;
import io.volary.export.vhost.memory.ViolationException;
import io.volary.export.vhost.ring.RingLayout;
import io.volary.export.vhost.ring.RingLog;
import io.volary.export.vhost.ring.RingMemory;
import io.volary.linux.EventFd;
import org.jspecify.annotations.Nullable;

/** What a front-end has said of one ring, whether or not it runs. */
final class RingSettings {
    private int size;
    private int base;
    private long descriptors;
    private long driver;
    private long device;
    private boolean logged;
    private long logAddress;
    private boolean enabled;
    private @Nullable KickWatch kick;
    private @Nullable EventFd call;
    private boolean started;

    void size(int descriptorCount) {
        size = descriptorCount;
    }

    void addresses(long descriptorTable, long driverArea, long deviceArea) {
        descriptors = descriptorTable;
        driver = driverArea;
        device = deviceArea;
    }

    /** Whether writes to the ring are to be marked, and under which address those to the device's area are. */
    void log(boolean on, long address) {
        logged = on;
        logAddress = address;
    }

    void base(int position) {
        base = position;
    }

    int base() {
        return base;
    }

    void enable(boolean enable) {
        enabled = enable;
    }

    boolean isEnabled() {
        return enabled;
    }

    /** The front-end wants the ring to run; {@code watch} is null if it does not notify. */
    void start(@Nullable KickWatch watch) {
        closeKick();
        kick = watch;
        started = true;
    }

    boolean isStarted() {
        return started;
    }

    void stop() {
        closeKick();
        started = false;
    }

    /** Where the guest is told of ended requests; null: it looks itself. */
    void call(@Nullable EventFd event) {
        if (call != null) {
            call.close();
        }
        call = event;
    }

    @Nullable
    EventFd call() {
        return call;
    }

    private void closeKick() {
        if (kick != null) {
            kick.close();
            kick = null;
        }
    }

    /** @throws ViolationException if there is no such ring */
    RingLayout layout(long features) {
        return new RingLayout(
                size,
                Features.has(features, Features.PACKED),
                Features.has(features, Features.INDIRECT),
                Features.has(features, Features.EVENT_INDEX));
    }

    /** @throws ViolationException if the ring is not in the guest's memory, or writes to it cannot be marked */
    RingMemory memory(GuestMemory memory, RingLayout layout) {
        RingMemory ring = RingMemory.at(memory, layout, descriptors, driver, device);
        return logged ? ring.loggedBy(new RingLog(memory, layout, descriptors, logAddress)) : ring;
    }

    /** Whether all of the ring is in the guest's memory now. */
    boolean isMapped(GuestMemory memory, long features) {
        RingLayout layout = layout(features);
        return memory.sliceOfUser(descriptors, layout.descriptorBytes()) != null
                && memory.sliceOfUser(driver, layout.driverBytes()) != null
                && memory.sliceOfUser(device, layout.deviceBytes()) != null;
    }

    void close() {
        stop();
        call(null);
    }
}
