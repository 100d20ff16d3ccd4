package io.volary.volume.family;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** What every volume and snapshot must hold: a stamp for each sector that is looked at, 0 for zeroes. */
record DiskModel(Map<String, int[]> disks) {
    /** Sectors of a disk that the model knows. */
    static final int SECTORS = 512;

    private static final int SECTORS_PER_CLUSTER = 64;
    private static final int SECTORS_PER_BLOCK = 8;

    /** What is found of a sector that is damaged. */
    static final int UNREADABLE = -1;

    DiskModel() {
        this(new TreeMap<>());
    }

    DiskModel copy() {
        var copies = new TreeMap<String, int[]>();
        disks.forEach((name, sectors) -> copies.put(name, sectors.clone()));
        return new DiskModel(copies);
    }

    /**
     * Where a sector of the model lies on the disk, in bytes: in clusters of eight blocks, far apart, and behind them in
     * single blocks that each have map nodes of their own.
     */
    static long offset(int sector) {
        long[] starts = {0, 248L * 4096, 300L * 4096, (1L << 28) + 255 * 4096};
        int cluster = sector / SECTORS_PER_CLUSTER;
        return cluster < starts.length
                ? starts[cluster] + (sector % SECTORS_PER_CLUSTER) * 512L
                : ((sector / SECTORS_PER_BLOCK - 24L) << 33) + (sector % SECTORS_PER_BLOCK) * 512L;
    }

    /** The first sector behind the cluster, or the single block, that {@code sector} is in. */
    static int clusterEnd(int sector) {
        int size = sector < 4 * SECTORS_PER_CLUSTER ? SECTORS_PER_CLUSTER : SECTORS_PER_BLOCK;
        return (sector / size + 1) * size;
    }

    int[] sectors(String disk) {
        int[] sectors = disks.get(disk);
        if (sectors == null) {
            throw new IllegalArgumentException("the model has no " + disk);
        }
        return sectors;
    }

    /** Whether this is what can still be read of a state. */
    boolean isReadableOf(DiskModel state) {
        return disks.keySet().equals(state.disks.keySet())
                && disks.keySet().stream().allMatch(disk -> isReadableOf(sectors(disk), state.sectors(disk)));
    }

    private static boolean isReadableOf(int[] found, int[] sectors) {
        for (int i = 0; i < found.length; i++) {
            if (found[i] != UNREADABLE && found[i] != sectors[i]) {
                return false;
            }
        }
        return true;
    }

    void fill(String disk, int from, int to, int stamp) {
        Arrays.fill(sectors(disk), from, to, stamp);
    }
}
