package io.volary.volume.family;

import static java.util.Objects.requireNonNull;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** What the volumes and snapshots of a {@link SmallHistory} hold: a stamp for every sector of each, 0 for zeroes. */
record SmallDisks(Map<String, int[]> sectors) {
    private static final int BLOCK_SECTORS = 8;

    SmallDisks() {
        this(new TreeMap<>());
    }

    SmallDisks copy() {
        var copies = new TreeMap<String, int[]>();
        sectors.forEach((name, content) -> copies.put(name, content.clone()));
        return new SmallDisks(copies);
    }

    int[] of(String disk) {
        return requireNonNull(sectors.get(disk), disk);
    }

    /** How many there are, without snapshots. */
    long volumes() {
        return sectors.keySet().stream().filter(name -> !name.contains("@")).count();
    }

    boolean has(String disk) {
        return sectors.containsKey(disk);
    }

    void fill(String disk, Extent extent, int stamp) {
        Arrays.fill(of(disk), extent.from(), extent.to(), stamp);
    }

    /** Only whole blocks are discarded. */
    void discard(String disk, Extent extent) {
        int from = (extent.from() + BLOCK_SECTORS - 1) / BLOCK_SECTORS * BLOCK_SECTORS;
        int to = extent.to() / BLOCK_SECTORS * BLOCK_SECTORS;
        Arrays.fill(of(disk), Math.min(from, to), to, 0);
    }

    void copyDisk(String from, String to) {
        sectors.put(to, of(from).clone());
    }

    void resize(String disk, int count) {
        sectors.put(disk, Arrays.copyOf(of(disk), count));
    }

    /** Also the snapshots of a volume. */
    void remove(String disk) {
        sectors.keySet().removeIf(name -> name.equals(disk) || name.startsWith(disk + "@"));
    }

    /** Whether this is what a crash may leave of a step that leads from one state to another. */
    boolean liesBetween(SmallDisks before, SmallDisks after) {
        return (hasNamesOf(before) || hasNamesOf(after))
                && sectors.keySet().stream().allMatch(disk -> liesBetween(disk, before, after));
    }

    private boolean hasNamesOf(SmallDisks other) {
        return sectors.keySet().equals(other.sectors.keySet());
    }

    private boolean liesBetween(String disk, SmallDisks before, SmallDisks after) {
        int[] is = of(disk);
        int[] was = before.has(disk) ? before.of(disk) : after.of(disk);
        int[] willBe = after.has(disk) ? after.of(disk) : was;
        if (is.length != was.length && is.length != willBe.length) {
            return false;
        }
        for (int i = 0; i < is.length; i++) {
            // What a smaller end cuts off is cleared before.
            if (is[i] != at(was, i) && is[i] != at(willBe, i)) {
                return false;
            }
        }
        return true;
    }

    private static int at(int[] content, int sector) {
        return sector < content.length ? content[sector] : 0;
    }

    @Override
    public String toString() {
        var text = new StringBuilder();
        sectors.forEach(
                (name, content) -> text.append("\n  ").append(name).append(' ').append(Arrays.toString(content)));
        return text.toString();
    }

    /** Sectors from one to before another. */
    record Extent(int from, int to) {
        long offset() {
            return from * 512L;
        }

        long length() {
            return (to - from) * 512L;
        }
    }
}
