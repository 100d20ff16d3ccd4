package io.volary.volume.family;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/** What every volume and snapshot must hold. */
record DiskModel(Map<String, Disk> disks) {
    /** Sectors of a disk that the model knows. */
    static final int SECTORS = 512;

    /** What is found of a sector that is damaged. */
    static final int UNREADABLE = -1;

    static final int SECTORS_PER_BLOCK = 8;
    private static final int SECTORS_PER_CLUSTER = 64;

    /** Sectors from here to the last cluster are those of single blocks. */
    static final int FIRST_SINGLE = 3 * SECTORS_PER_CLUSTER;

    static final int LAST_CLUSTER = SECTORS - SECTORS_PER_CLUSTER;

    private static final long[] CLUSTER_STARTS = {0, 248L * 4096, (1L << 28) + 255 * 4096, (40L << 33) + 254 * 4096};

    /**
     * One of them.
     *
     * @param stamps one for each sector that is looked at, 0 for zeroes and for what lies behind the end
     */
    record Disk(int[] stamps, long bytes) {
        Disk copy() {
            return new Disk(stamps.clone(), bytes);
        }

        /** How many of the sectors that are looked at there are. */
        int sectors() {
            return DiskModel.sectors(bytes);
        }

        private boolean liesBetween(Disk before, Disk after) {
            for (int i = 0; i < SECTORS; i++) {
                int is = stamps[i];
                if (is != UNREADABLE && is != before.stamps[i] && is != after.stamps[i]) {
                    return false;
                }
            }
            return bytes == before.bytes || bytes == after.bytes;
        }
    }

    DiskModel() {
        this(new TreeMap<>());
    }

    DiskModel copy() {
        var copies = new TreeMap<String, Disk>();
        disks.forEach((name, disk) -> copies.put(name, disk.copy()));
        return new DiskModel(copies);
    }

    /**
     * Where a sector of the model lies on the disk, in bytes: in clusters of eight blocks, far apart; behind them in
     * single blocks that each have map nodes of their own; and in a last cluster, which walks over the map come to late.
     */
    static long offset(int sector) {
        int cluster = sector / SECTORS_PER_CLUSTER;
        if (sector >= FIRST_SINGLE && sector < LAST_CLUSTER) {
            return ((sector / SECTORS_PER_BLOCK - 16L) << 33) + (sector % SECTORS_PER_BLOCK) * 512L;
        }
        return CLUSTER_STARTS[Math.min(cluster, 3)] + (sector % SECTORS_PER_CLUSTER) * 512L;
    }

    /** The first sector behind the cluster, or the single block, that {@code sector} is in. */
    static int clusterEnd(int sector) {
        boolean single = sector >= FIRST_SINGLE && sector < LAST_CLUSTER;
        int size = single ? SECTORS_PER_BLOCK : SECTORS_PER_CLUSTER;
        return (sector / size + 1) * size;
    }

    private static int sectors(long bytes) {
        int count = 0;
        while (count < SECTORS && offset(count) < bytes) {
            count++;
        }
        return count;
    }

    Disk disk(String name) {
        Disk disk = disks.get(name);
        if (disk == null) {
            throw new IllegalArgumentException("the model has no " + name);
        }
        return disk;
    }

    /** Just one of them. */
    DiskModel only(String name) {
        return new DiskModel(new TreeMap<>(Map.of(name, disk(name))));
    }

    void put(String name, long bytes) {
        disks.put(name, new Disk(new int[SECTORS], bytes));
    }

    void copyDisk(String from, String to) {
        disks.put(to, disk(from).copy());
    }

    /** Removes a volume with its snapshots, or a snapshot. */
    void remove(String name) {
        disks.keySet().removeIf(other -> other.equals(name) || other.startsWith(name + "@"));
    }

    void fill(String disk, int from, int to, int stamp) {
        Arrays.fill(disk(disk).stamps(), from, to, stamp);
    }

    /** Only whole blocks are discarded, and what there is of one at the end. */
    void discard(String disk, int from, int to) {
        int first = (from + SECTORS_PER_BLOCK - 1) / SECTORS_PER_BLOCK * SECTORS_PER_BLOCK;
        int end = to == disk(disk).sectors() ? to : to / SECTORS_PER_BLOCK * SECTORS_PER_BLOCK;
        fill(disk, Math.min(first, end), end, 0);
    }

    void resize(String name, long bytes) {
        fill(name, Math.min(sectors(bytes), SECTORS), SECTORS, 0);
        disks.put(name, new Disk(disk(name).stamps(), bytes));
    }

    /** Whether this, as far as it can be read, is what may be left of operations that lead from one state to another. */
    boolean liesBetween(DiskModel before, DiskModel after) {
        return namesLieBetween(before, after)
                && disks.entrySet().stream().allMatch(entry -> {
                    Disk is = entry.getValue();
                    Disk was = before.disks.getOrDefault(entry.getKey(), after.disks.getOrDefault(entry.getKey(), is));
                    return is.liesBetween(was, after.disks.getOrDefault(entry.getKey(), was));
                });
    }

    /** Disks come and go one by one, but a volume goes with its snapshots. */
    private boolean namesLieBetween(DiskModel before, DiskModel after) {
        var either = new TreeSet<>(before.disks.keySet());
        either.addAll(after.disks.keySet());
        var both = new TreeSet<>(before.disks.keySet());
        both.retainAll(after.disks.keySet());
        return either.containsAll(disks.keySet())
                && disks.keySet().containsAll(both)
                && before.disks.keySet().stream()
                        .filter(name -> before.hasVolumeOf(name) && !after.hasVolumeOf(name))
                        .allMatch(name -> has(name) == hasVolumeOf(name));
    }

    private boolean has(String name) {
        return disks.containsKey(name);
    }

    private boolean hasVolumeOf(String name) {
        return has(name.replaceFirst("@.*", ""));
    }

    /** In what this differs from what was expected. */
    String differences(DiskModel expected) {
        var text = new StringBuilder();
        text.append("disks ").append(disks.keySet()).append(" not ").append(expected.disks.keySet());
        disks.forEach((name, is) -> {
            Disk should = expected.disks.getOrDefault(name, is);
            if (is.bytes != should.bytes) {
                text.append("\n  %s has %d bytes, not %d".formatted(name, is.bytes, should.bytes));
            }
            for (int i = 0; i < SECTORS; i++) {
                if (is.stamps[i] != should.stamps[i]) {
                    text.append("\n  %s sector %d: %d, not %d".formatted(name, i, is.stamps[i], should.stamps[i]));
                }
            }
        });
        return text.toString();
    }
}
