package io.volary.volume.remote;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * The objects of this owner's log that are not complete on the store, in their order. Confined to its {@link Uploader}'s monitor.
 *
 * <p>One that is deleted before it got there leaves a gap, which nothing behind it may pass: who takes the family over would replay up to the
 * gap, and find that more had been durable. When a manifest is on the store that does without the deleted one, the log begins behind the gap.
 */
final class UploadLog {
    private final TreeMap<Long, Entry> entries = new TreeMap<>();

    private sealed interface Entry {}

    private record There(TieredObject object) implements Entry {}

    /** @param manifest the first that does without it */
    private record Gap(long manifest) implements Entry {}

    void add(TieredObject object) {
        entries.put(object.number, new There(object));
    }

    boolean has(TieredObject object) {
        return entries.get(object.number) instanceof There;
    }

    /** It is on the store as it will stay. */
    void complete(TieredObject object) {
        if (has(object)) {
            entries.remove(object.number);
        }
    }

    /** It is deleted, as manifest {@code manifest} does without it. */
    void delete(TieredObject object, long manifest) {
        if (has(object)) {
            entries.put(object.number, new Gap(manifest));
        }
    }

    /** Those that can be put when the newest manifest on the store is {@code manifest}: up to the first gap. */
    List<TieredObject> beforeGap(long manifest) {
        entries.values().removeIf(entry -> entry instanceof Gap(long needless) && needless <= manifest);
        var objects = new ArrayList<TieredObject>();
        for (Entry entry : entries.values()) {
            if (!(entry instanceof There(TieredObject object))) {
                break;
            }
            objects.add(object);
        }
        return objects;
    }

    /** Bytes of it that are not on the store. */
    long behindBytes() {
        long behind = 0;
        for (Entry entry : entries.values()) {
            behind += entry instanceof There(TieredObject object) ? object.behind() : 0;
        }
        return behind;
    }
}
