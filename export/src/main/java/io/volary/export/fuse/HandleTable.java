package io.volary.export.fuse;

import io.volary.linux.Errno;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** What is open, by the numbers that the kernel knows it by. Any thread; finding one neither locks nor allocates. */
final class HandleTable {
    private static final int MAX_HANDLES = 1 << 20;
    private static final int INITIAL = 256;

    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private volatile AtomicReferenceArray<@Nullable Handle> handles = new AtomicReferenceArray<>(INITIAL);
    private int used;

    /** Gives it a number. @throws FileRefusal ENFILE if there are too many */
    synchronized long add(Handle handle) {
        Integer reused = free.poll();
        int number = reused == null ? used++ : reused;
        if (number == MAX_HANDLES) {
            used--;
            throw new FileRefusal(Errno.ENFILE, MAX_HANDLES + " files are open in the mount");
        }
        if (number >= handles.length()) {
            grow();
        }
        handles.set(number, handle);
        return number;
    }

    private void grow() {
        var larger = new AtomicReferenceArray<@Nullable Handle>(handles.length() * 2);
        for (int i = 0; i < handles.length(); i++) {
            larger.set(i, handles.get(i));
        }
        handles = larger;
    }

    /** What has the number; null if nothing has. */
    @Nullable
    Handle find(long number) {
        AtomicReferenceArray<@Nullable Handle> all = handles;
        return number >= 0 && number < all.length() ? all.get((int) number) : null;
    }

    synchronized void remove(long number) {
        if (find(number) != null) {
            handles.set((int) number, null);
            free.add((int) number);
        }
    }

    synchronized List<Handle> all() {
        var all = new ArrayList<Handle>();
        for (int i = 0; i < used; i++) {
            Handle handle = handles.get(i);
            if (handle != null) {
                all.add(handle);
            }
        }
        return all;
    }
}
