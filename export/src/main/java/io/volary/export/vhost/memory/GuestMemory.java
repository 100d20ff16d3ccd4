package io.volary.export.vhost.memory;

import io.volary.block.IoVector;
import io.volary.linux.SharedDescriptor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The memory that one front-end shares. A region that is removed stays mapped until the requests that were in flight then
 * have ended. Confined to the event loop's thread.
 */
public final class GuestMemory implements AutoCloseable {
    public static final int MAX_REGIONS = 256;

    /** A region that goes when {@code users} requests have ended, of those that began before use number {@code before}. */
    private static final class Retired {
        private final MappedRegion region;
        private final long before;
        private long users;

        private Retired(MappedRegion region, long before, long users) {
            this.region = region;
            this.before = before;
            this.users = users;
        }
    }

    private final Executor unmapper;
    private final DirtyLog log;
    private final List<MappedRegion> regions = new ArrayList<>();
    private final List<Retired> retired = new ArrayList<>();
    private @Nullable MappedRegion lastFound;
    private long uses;
    private long active;

    /** @param unmapper runs what gives memory back, which takes too long for an event loop */
    public GuestMemory(Executor unmapper) {
        this.unmapper = unmapper;
        log = new DirtyLog(unmapper);
    }

    /** Where writes to the memory are marked, if the front-end wants that. */
    public DirtyLog log() {
        return log;
    }

    /**
     * Marks in a log of the front-end's from now on, and in none that came before.
     *
     * @param file stays the caller's
     * @param offset of the log in the file, in bytes
     * @throws ViolationException if it cannot be mapped, or has no room for all of the memory
     */
    public void logInto(SharedDescriptor file, long offset, long bytes) {
        log.replace(file, offset, bytes);
        requireRoomInLog();
    }

    /**
     * Begins or ends to mark what is written for requests.
     *
     * @throws ViolationException if the log has no room for all of the memory
     */
    public void logData(boolean on) {
        log.ofData(on);
        if (on) {
            requireRoomInLog();
        }
    }

    private void requireRoomInLog() {
        for (MappedRegion mapped : regions) {
            log.requireRoom(mapped.region().guestAddress(), mapped.region().size());
        }
    }

    /**
     * Adds a region.
     *
     * @param file stays the caller's
     * @throws ViolationException if it overlaps another, is one too many, cannot be mapped, or is beyond the log in which
     *     writes to it would be marked
     */
    public void add(MemoryRegion region, SharedDescriptor file) {
        if (log.isOfData()) {
            log.requireRoom(region.guestAddress(), region.size());
        }
        if (regions.size() == MAX_REGIONS) {
            throw new ViolationException("more than " + MAX_REGIONS + " memory regions");
        }
        for (MappedRegion other : regions) {
            if (other.region().overlaps(region)) {
                throw new ViolationException("two memory regions that overlap");
            }
        }
        regions.add(MappedRegion.map(region, file));
    }

    /**
     * Removes a region.
     *
     * @throws ViolationException if there is no such one
     */
    public void remove(MemoryRegion region) {
        for (int i = 0; i < regions.size(); i++) {
            if (regions.get(i).region().isAt(region)) {
                retire(regions.remove(i));
                return;
            }
        }
        throw new ViolationException("the removal of a memory region that is not there");
    }

    /** Removes all regions. */
    public void clear() {
        regions.forEach(this::retire);
        regions.clear();
    }

    private void retire(MappedRegion region) {
        lastFound = null;
        if (active == 0) {
            unmap(region);
        } else {
            retired.add(new Retired(region, uses, active));
        }
    }

    private void unmap(MappedRegion region) {
        unmapper.execute(region.arena()::close);
    }

    /** A request begins to use the memory; the result belongs to the {@link #endUse} of the same request. */
    public long beginUse() {
        active++;
        return uses++;
    }

    public void endUse(long use) {
        active--;
        if (!retired.isEmpty()) {
            release(use);
        }
    }

    private void release(long use) {
        for (int i = retired.size() - 1; i >= 0; i--) {
            Retired leaving = retired.get(i);
            if (use < leaving.before && --leaving.users == 0) {
                retired.remove(i);
                unmap(leaving.region);
            }
        }
    }

    /**
     * Appends what lies at a guest address to {@code vector}, which may take several ranges.
     *
     * @param most how many ranges the vector may have in the end
     * @throws ViolationException if not all of it is the guest's memory
     */
    public void append(long address, long length, IoVector vector, int most) {
        long at = address;
        for (long left = length; left > 0; ) {
            MappedRegion found = find(at);
            if (found == null) {
                throw new ViolationException("a descriptor outside the guest's memory");
            }
            if (vector.count() == most) {
                throw new ViolationException("a request in more than " + most + " pieces");
            }
            long offset = at - found.region().guestAddress();
            long bytes = Math.min(left, found.region().size() - offset);
            vector.add(found.memory(), offset, bytes);
            at += bytes;
            left -= bytes;
        }
    }

    /**
     * The memory of the one region that holds {@code length} bytes at a guest address; {@link #offset} tells where.
     *
     * @throws ViolationException if there is none
     */
    public MemorySegment base(long address, long length) {
        MappedRegion found = find(address);
        if (found == null
                || length > found.region().size() - (address - found.region().guestAddress())) {
            throw new ViolationException("an indirect table outside the guest's memory");
        }
        return found.memory();
    }

    /** Where in the {@link #base} that was asked for last a guest address is. */
    public long offset(long address) {
        MappedRegion found = Objects.requireNonNull(lastFound);
        return address - found.region().guestAddress();
    }

    /** What lies at an address of the front-end, in one region; null if it does not. */
    public @Nullable MemorySegment sliceOfUser(long address, long length) {
        for (MappedRegion mapped : regions) {
            if (mapped.region().holdsUser(address, length)) {
                return mapped.memory().asSlice(address - mapped.region().userAddress(), length);
            }
        }
        return null;
    }

    /** What the guest calls an address of the front-end that is in a region. */
    public long guestAddress(long userAddress) {
        for (MappedRegion mapped : regions) {
            if (mapped.region().holdsUser(userAddress, 1)) {
                return userAddress
                        - mapped.region().userAddress()
                        + mapped.region().guestAddress();
            }
        }
        throw new ViolationException("an address outside the guest's memory");
    }

    private @Nullable MappedRegion find(long address) {
        MappedRegion last = lastFound;
        if (last != null && last.region().holds(address)) {
            return last;
        }
        for (int i = 0; i < regions.size(); i++) {
            if (regions.get(i).region().holds(address)) {
                lastFound = regions.get(i);
                return lastFound;
            }
        }
        return null;
    }

    /** Nothing may be in flight. */
    @Override
    public void close() {
        if (active > 0) {
            throw new IllegalStateException(active + " requests use the memory");
        }
        clear();
        log.clear();
    }
}
