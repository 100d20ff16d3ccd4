package io.volary.export.vhost.ring;

import io.volary.export.vhost.memory.GuestMemory;
import io.volary.export.vhost.memory.MemoryRegion;
import io.volary.linux.SharedDescriptor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The memory of a test's guest: a file, mapped here too, at a guest address and an address of its own. */
public final class GuestRam implements AutoCloseable {
    public static final long GUEST = 0x4000_0000L;
    public static final long USER = 0x7f00_0000_0000L;

    private final Arena arena = Arena.ofShared();
    private final SharedDescriptor file;
    private final MemorySegment memory;

    public GuestRam(long bytes) {
        file = SharedDescriptor.memory("guest", bytes, false);
        memory = file.map(arena, 0, bytes);
    }

    public SharedDescriptor file() {
        return file;
    }

    public MemorySegment memory() {
        return memory;
    }

    /** All of it. */
    public MemoryRegion region() {
        return new MemoryRegion(GUEST, memory.byteSize(), USER, 0);
    }

    /** As the device sees it. */
    public GuestMemory asGuestMemory() {
        var guest = new GuestMemory(Runnable::run);
        guest.add(region(), file);
        return guest;
    }

    @Override
    public void close() {
        arena.close();
        file.close();
    }
}
