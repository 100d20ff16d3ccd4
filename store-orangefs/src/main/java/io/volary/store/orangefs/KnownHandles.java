package io.volary.store.orangefs;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The handles of files and directories that were looked up within the last minute. Another client may have removed one since; then the
 * server says so. But it gives a handle to another file some minutes later (after six, if it is not told otherwise), so none is kept for long.
 */
final class KnownHandles {
    private static final int CAPACITY = 16_384;
    private static final long LIFE_NANOS = 60_000_000_000L;

    /** Of no file. */
    static final long UNKNOWN = 0;

    private record Known(long handle, long sinceNanos) {}

    private final Map<String, Known> handles = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
            return size() > CAPACITY;
        }
    };

    synchronized long find(String path) {
        Known known = handles.get(path);
        if (known == null || System.nanoTime() - known.sinceNanos > LIFE_NANOS) {
            return UNKNOWN;
        }
        return known.handle;
    }

    /** @param beforeNanos {@link System#nanoTime} before the lookup */
    synchronized void remember(String path, long handle, long beforeNanos) {
        handles.put(path, new Known(handle, beforeNanos));
    }

    synchronized void forget(String path) {
        handles.remove(path);
    }

    synchronized void clear() {
        handles.clear();
    }
}
