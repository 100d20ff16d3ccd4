package io.volary.export.fuse;

import io.volary.linux.Errno;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * What is open, by the numbers that the kernel knows it by. No number is given twice: who names one that is closed names nothing
 * else. Any thread; finding one neither locks nor allocates.
 */
final class HandleTable {
    /** A number is a place in the table, and in the bits above a count. */
    private static final int PLACE_BITS = 20;

    private static final int MAX_HANDLES = 1 << PLACE_BITS;
    private static final int INITIAL = 256;

    private record Entry(long number, Handle handle) {}

    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private volatile AtomicReferenceArray<@Nullable Entry> entries = new AtomicReferenceArray<>(INITIAL);
    private int used;
    private long count;

    HandleTable() {}

    /** With what was open at a server before, which has given numbers up to {@code last}. */
    HandleTable(Iterable<LostHandle> lost, long last) {
        count = last >> PLACE_BITS;
        for (LostHandle handle : lost) {
            int place = place(handle.number());
            while (place >= entries.length()) {
                grow();
            }
            entries.set(place, new Entry(handle.number(), handle));
            used = Math.max(used, place + 1);
        }
        for (int place = 0; place < used; place++) {
            if (entries.get(place) == null) {
                free.add(place);
            }
        }
    }

    private static int place(long number) {
        return (int) number & MAX_HANDLES - 1;
    }

    /** Gives it a number. @throws FileRefusal ENFILE if there are too many */
    synchronized long add(Handle handle) {
        Integer reused = free.poll();
        int place = reused == null ? used++ : reused;
        if (place == MAX_HANDLES) {
            used--;
            throw new FileRefusal(Errno.ENFILE, MAX_HANDLES + " files are open in the mount");
        }
        if (place >= entries.length()) {
            grow();
        }
        count++;
        long number = count << PLACE_BITS | place;
        entries.set(place, new Entry(number, handle));
        return number;
    }

    private void grow() {
        var larger = new AtomicReferenceArray<@Nullable Entry>(entries.length() * 2);
        for (int i = 0; i < entries.length(); i++) {
            larger.set(i, entries.get(i));
        }
        entries = larger;
    }

    /** What has the number; null if nothing has. */
    @Nullable
    Handle find(long number) {
        AtomicReferenceArray<@Nullable Entry> all = entries;
        int place = place(number);
        Entry entry = place < all.length() ? all.get(place) : null;
        return entry != null && entry.number == number ? entry.handle : null;
    }

    /** Gives what has the number its place. */
    synchronized void replace(long number, Handle handle) {
        if (find(number) != null) {
            entries.set(place(number), new Entry(number, handle));
        }
    }

    synchronized void remove(long number) {
        if (find(number) != null) {
            entries.set(place(number), null);
            free.add(place(number));
        }
    }

    synchronized List<Handle> all() {
        var all = new ArrayList<Handle>();
        for (int i = 0; i < used; i++) {
            Entry entry = entries.get(i);
            if (entry != null) {
                all.add(entry.handle);
            }
        }
        return all;
    }
}
