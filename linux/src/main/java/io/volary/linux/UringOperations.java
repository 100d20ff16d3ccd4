package io.volary.linux;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The operations that an engine has taken, each in a slot whose number is its user data. Slots are reused, and grow in
 * number with the most that were ever open together.
 */
final class UringOperations {
    private static final int INITIAL_SLOTS = 256;

    private @Nullable IoCallback[] callbacks = new IoCallback[0];
    /** Keeps memory that the garbage collector frees from going while the kernel uses it. */
    private @Nullable MemorySegment[] memories = new MemorySegment[0];

    private MemorySegment entries = MemorySegment.NULL;
    private int[] free = new int[0];
    private int freeCount;

    UringOperations() {
        grow(INITIAL_SLOTS);
    }

    /** Takes a slot, whose {@link #entry} is to be filled. */
    int open(IoCallback callback, @Nullable MemorySegment memory) {
        Objects.requireNonNull(callback);
        if (freeCount == 0) {
            grow(callbacks.length * 2);
        }
        int slot = free[--freeCount];
        callbacks[slot] = callback;
        memories[slot] = memory;
        return slot;
    }

    /** Frees the slot and returns whom to tell. */
    IoCallback close(int slot) {
        IoCallback callback = Objects.requireNonNull(callbacks[slot]);
        callbacks[slot] = null;
        memories[slot] = null;
        free[freeCount++] = slot;
        return callback;
    }

    boolean isOpen(int slot) {
        return callbacks[slot] != null;
    }

    int slots() {
        return callbacks.length;
    }

    /** How many slots are taken. */
    int count() {
        return callbacks.length - freeCount;
    }

    /** Where all slots' submission entries are. */
    MemorySegment entries() {
        return entries;
    }

    static long entry(int slot) {
        return (long) slot * UringEntry.BYTES;
    }

    private void grow(int slots) {
        int old = callbacks.length;
        MemorySegment larger = Arena.ofAuto().allocate(entry(slots), Long.BYTES);
        MemorySegment.copy(entries, 0, larger, 0, entry(old));
        entries = larger;
        callbacks = Arrays.copyOf(callbacks, slots);
        memories = Arrays.copyOf(memories, slots);
        free = Arrays.copyOf(free, slots);
        for (int slot = slots - 1; slot >= old; slot--) {
            free[freeCount++] = slot;
        }
    }
}
