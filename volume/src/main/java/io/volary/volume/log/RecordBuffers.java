package io.volary.volume.log;

import java.lang.foreign.Arena;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The record buffers of one event loop, shared by its clone families. Confined to the loop's thread. */
public final class RecordBuffers implements AutoCloseable {
    /** 16 MiB of a loop: what several families have on their way and fill meanwhile. */
    private static final int MAX = 16;

    private final Arena arena = Arena.ofShared();
    private final ArrayDeque<RecordBuffer> idle = new ArrayDeque<>();
    private final Set<Runnable> waiters = new LinkedHashSet<>();
    private int made;

    /** An empty buffer, or null, in which case {@code waiter} runs once when one has come back, however often it asked. */
    @Nullable
    RecordBuffer take(Runnable waiter) {
        if (!idle.isEmpty()) {
            return idle.pop();
        }
        if (made < MAX) {
            made++;
            return new RecordBuffer(arena);
        }
        waiters.add(waiter);
        return null;
    }

    void giveBack(RecordBuffer buffer) {
        idle.push(buffer);
        if (!waiters.isEmpty()) {
            wakeAll();
        }
    }

    /** All of them, as one that no longer wants the buffer would leave the others asleep; who gets none asks again. */
    private void wakeAll() {
        var woken = List.copyOf(waiters);
        waiters.clear();
        woken.forEach(Runnable::run);
    }

    @Override
    public void close() {
        arena.close();
    }
}
