package io.volary.volume.space;

import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.collections.LongArrayList;
import org.agrona.collections.LongHashSet;
import org.jspecify.annotations.Nullable;

/**
 * The open objects of a clone family. Opening blocks, so it happens in the background; a descriptor that has not been
 * used for long is closed when there are too many. A file stays open while it is pinned, even when its object has been deleted.
 * Confined to the loop's thread.
 */
public final class ObjectFiles {
    private static final int MAX_IDLE = 512;

    private final SegmentStore store;
    private final Background background;
    private final Long2ObjectHashMap<OpenObject> open = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<List<Consumer<@Nullable OpenObject>>> opening = new Long2ObjectHashMap<>();
    private final LongHashSet held = new LongHashSet();
    private long uses;

    /** A file with its users counted. */
    public static final class OpenObject {
        final SegmentFile file;
        private int pins;
        private boolean dropped;
        private long lastUse;

        OpenObject(SegmentFile file) {
            this.file = file;
        }
    }

    public ObjectFiles(SegmentStore store, Background background) {
        this.store = store;
        this.background = background;
    }

    /** The open file of an object, pinned, or null if it has to be opened. */
    public @Nullable OpenObject pin(long object) {
        OpenObject found = open.get(object);
        if (found != null) {
            found.pins++;
            found.lastUse = ++uses;
        }
        return found;
    }

    public void unpin(@Nullable OpenObject object) {
        if (object == null) {
            return;
        }
        object.pins--;
        if (object.dropped && object.pins == 0) {
            object.file.close();
        }
    }

    /** Opens an object and hands it over pinned, or null if that failed. */
    void openAndPin(long object, Consumer<@Nullable OpenObject> waiter) {
        var waiters = opening.get(object);
        if (waiters != null) {
            waiters.add(waiter);
            return;
        }
        waiters = new ArrayList<>(List.of(waiter));
        opening.put(object, waiters);
        background.run(() -> store.open(object), (file, failure) -> opened(object, file));
    }

    /** Makes a file that was created known to readers. Pinned, since who writes to it still needs it. */
    public OpenObject add(SegmentFile file) {
        var added = new OpenObject(file);
        added.pins++;
        added.lastUse = ++uses;
        open.put(file.object(), added);
        closeIdle();
        return added;
    }

    /** Says that an object is about to be read by somebody who opens it for himself, and must not be deleted. */
    void hold(long object) {
        held.add(object);
    }

    void release(long object) {
        held.remove(object);
    }

    /** Whether somebody reads or writes an object, or is about to. */
    public boolean inUse(long object) {
        OpenObject found = open.get(object);
        return held.contains(object) || opening.containsKey(object) || (found != null && found.pins > 0);
    }

    /**
     * Closes the files of objects that nothing refers to any more.
     *
     * @param busy hears of those that somebody still reads from, who began before: they are for the next time
     * @return the others, which can be deleted
     */
    public long[] dropUnused(long[] objects, LongConsumer busy) {
        var closed = new LongArrayList();
        for (long object : objects) {
            if (inUse(object)) {
                busy.accept(object);
            } else {
                drop(object);
                closed.addLong(object);
            }
        }
        return closed.toLongArray();
    }

    /** Closes an object's file as soon as nobody uses it. */
    public void drop(long object) {
        OpenObject dropped = open.remove(object);
        if (dropped != null) {
            dropped.dropped = true;
            dropped.pins++;
            unpin(dropped);
        }
    }

    /** Closes everything. No reads are in flight. */
    public void close() {
        open.values().forEach(object -> object.file.close());
        open.clear();
    }

    private void opened(long object, @Nullable SegmentFile file) {
        var waiters = opening.remove(object);
        OpenObject added = file == null ? null : add(file);
        for (var waiter : waiters) {
            waiter.accept(added == null ? null : pin(object));
        }
        unpin(added);
    }

    private void closeIdle() {
        if (open.size() <= MAX_IDLE) {
            return;
        }
        OpenObject oldest = null;
        for (OpenObject candidate : open.values()) {
            if (candidate.pins == 0 && (oldest == null || candidate.lastUse < oldest.lastUse)) {
                oldest = candidate;
            }
        }
        if (oldest != null) {
            drop(oldest.file.object());
        }
    }
}
