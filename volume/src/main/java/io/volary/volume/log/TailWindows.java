package io.volary.volume.log;

import io.volary.linux.PageMemory;
import io.volary.volume.format.Checksum;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The windows of one event loop, shared by its clone families: in memory that outlives the process, as long as there
 * is some, else in ordinary one. Confined to the loop's thread.
 */
public final class TailWindows implements AutoCloseable {
    /** 32 MiB of a loop: what several families have on their way and fill meanwhile. */
    public static final int MAX = 32;

    private final Arena arena = Arena.ofShared();
    private final ArrayDeque<TailWindow> idle = new ArrayDeque<>();
    private final ArrayDeque<NewRecord> records = new ArrayDeque<>();
    private final Set<Runnable> waiters = new LinkedHashSet<>();
    private final Checksum checksum = new Checksum();
    private final TailMemory tail;
    private int made;

    public TailWindows(TailMemory tail) {
        this.tail = tail;
    }

    /** A window, or null, in which case {@code waiter} runs once when one has come back, however often it asked. */
    @Nullable
    TailWindow take(Runnable waiter) {
        if (!idle.isEmpty()) {
            return idle.pop();
        }
        if (made < MAX) {
            TailWindow window = make();
            made++;
            return window;
        }
        waiters.add(waiter);
        return null;
    }

    private TailWindow make() {
        MemorySegment lasting = tail.slot();
        return lasting != null
                ? new TailWindow(lasting, true)
                : new TailWindow(PageMemory.allocate(arena, TailSlot.BYTES), false);
    }

    void giveBack(TailWindow window) {
        idle.push(window);
        if (!waiters.isEmpty()) {
            wakeAll();
        }
    }

    /**
     * One will not come back.
     *
     * @param needed whether the next process needs what the disk did not take of it
     */
    void kept(boolean needed) {
        if (needed) {
            tail.keep();
        }
        made--;
        wakeAll();
    }

    /** A record that is to be opened in a window. */
    NewRecord record(TailWindow window) {
        return records.isEmpty() ? new NewRecord(window, checksum) : records.pop();
    }

    void giveBack(NewRecord record) {
        records.push(record);
    }

    /** All of them, as one that no longer wants the window would leave the others asleep; who gets none asks again. */
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
