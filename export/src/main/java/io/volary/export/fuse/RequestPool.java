package io.volary.export.fuse;

import java.lang.foreign.Arena;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The requests of a mount, which are made when they are first needed. Whoever reads from the kernel takes them, one thread at a
 * time; any thread gives back. The one given back last is taken first, as its memory is in the cache.
 */
final class RequestPool implements AutoCloseable {
    /** The most requests under way. Those of the kernel beyond wait there. */
    static final int CAPACITY = 128;

    private final FuseChannel channel;
    private final Arena arena = Arena.ofShared();
    private final RequestStack returned = new RequestStack();
    private @Nullable FuseRequest free;
    private int made;

    RequestPool(FuseChannel channel) {
        this.channel = channel;
    }

    /** A request; null while all are under way. */
    @Nullable
    FuseRequest take() {
        if (free == null) {
            free = returned.takeAll();
        }
        FuseRequest taken = free;
        if (taken != null) {
            free = taken.next;
            taken.next = null;
            return taken;
        }
        if (made == CAPACITY) {
            return null;
        }
        made++;
        return new FuseRequest(channel, arena);
    }

    void giveBack(FuseRequest request) {
        returned.push(request);
    }

    /** Whether none is under way. By who takes them, or once nobody does. */
    boolean isQuiet() {
        int known = 0;
        for (FuseRequest request = free; request != null; request = request.next) {
            known++;
        }
        for (FuseRequest request = returned.top.get(); request != null; request = request.next) {
            known++;
        }
        return known == made;
    }

    /** Frees the memory. Nothing may be under way. */
    @Override
    public void close() {
        arena.close();
    }

    /** Requests that any thread adds and one takes, the last first. Linked by themselves: neither lock nor memory. */
    static final class RequestStack {
        private final AtomicReference<@Nullable FuseRequest> top = new AtomicReference<>();

        /** Returns whether there was none. */
        boolean push(FuseRequest request) {
            FuseRequest below;
            do {
                below = top.get();
                request.next = below;
            } while (!top.compareAndSet(below, request));
            return below == null;
        }

        boolean isEmpty() {
            return top.get() == null;
        }

        /** All of them, linked, the last first. */
        @Nullable
        FuseRequest takeAll() {
            return top.getPlain() == null && top.get() == null ? null : top.getAndSet(null);
        }

        /** All of them, linked, the first first. */
        @Nullable
        FuseRequest takeAllInOrder() {
            FuseRequest ordered = null;
            for (FuseRequest request = takeAll(); request != null; ) {
                FuseRequest next = request.next;
                request.next = ordered;
                ordered = request;
                request = next;
            }
            return ordered;
        }
    }
}
