package io.volary.export.fuse;

import io.volary.export.fuse.Node.Place;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An open directory, with what was in it when it was opened. Its entries have the order of their positions, which are made of
 * their names: so who reads on in another list of the same directory misses nothing that is in both.
 */
record DirectoryHandle(long node, List<Place> entries) implements Handle {
    /** The position behind the directory itself and its parent, which are 0 and 1, and before all entries. */
    static final long ENTRIES = 2;

    private static final long FNV_OFFSET = 0xcbf29ce484222325L;
    private static final long FNV_PRIME = 0x100000001b3L;

    static DirectoryHandle of(long node, List<Place> entries) {
        return new DirectoryHandle(
                node,
                entries.stream()
                        .sorted(Comparator.comparingLong((Place place) -> position(place.name())))
                        .toList());
    }

    /** Where to go on behind the entry of that name: more than {@link #ENTRIES}. */
    static long position(String name) {
        long hash = FNV_OFFSET;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * FNV_PRIME;
        }
        return (hash >>> 2) + ENTRIES + 1;
    }

    /** The first entry behind a position. */
    int first(long position) {
        int low = 0;
        int high = entries.size();
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (position(entries.get(middle).name()) > position) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    @Override
    public @Nullable FuseLoop loop() {
        return null;
    }
}
