package io.volary.volume.log;

import io.volary.linux.PageMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The record buffers of one event loop, shared by its clone families: in memory that outlives the process, as long as there
 * is some, else in ordinary one. Confined to the loop's thread.
 */
public final class RecordBuffers implements AutoCloseable {
    /** 16 MiB of a loop: what several families have on their way and fill meanwhile. */
    public static final int MAX = 16;

    private final Arena arena = Arena.ofShared();
    private final ArrayDeque<RecordBuffer> idle = new ArrayDeque<>();
    private final Set<Runnable> waiters = new LinkedHashSet<>();
    private final TailMemory tail;
    private int made;

    public RecordBuffers(TailMemory tail) {
        this.tail = tail;
    }

    /** An empty buffer, or null, in which case {@code waiter} runs once when one has come back, however often it asked. */
    @Nullable
    RecordBuffer take(Runnable waiter) {
        if (!idle.isEmpty()) {
            return idle.pop();
        }
        if (made < MAX) {
            made++;
            return make();
        }
        waiters.add(waiter);
        return null;
    }

    private RecordBuffer make() {
        MemorySegment lasting = tail.slot();
        return lasting != null
                ? new RecordBuffer(lasting, true)
                : new RecordBuffer(PageMemory.allocate(arena, TailSlot.BYTES), false);
    }

    /** One will not come back: it holds what the disk did not take, for the next process. */
    void kept() {
        tail.keep();
        made--;
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
