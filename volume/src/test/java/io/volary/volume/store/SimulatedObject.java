package io.volary.volume.store;

import static io.volary.volume.store.SegmentFile.SECTOR_BYTES;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * The bytes of one object twice, as the page cache shows them and as the medium keeps them, and between the two every
 * sector that was written and not made durable.
 */
final class SimulatedObject {
    /** The unit of holes. */
    private static final int PART_BYTES = 4096;

    private final long number;
    private byte[] cached;
    private byte[] durable;
    private final TreeMap<Integer, List<UnsyncedSector>> unsynced = new TreeMap<>();
    private final BitSet holes = new BitSet();
    private boolean deleted;
    private boolean forgot;

    SimulatedObject(long number, int bytes) {
        this.number = number;
        cached = new byte[bytes];
        durable = new byte[bytes];
    }

    SimulatedObject copy() {
        var copy = new SimulatedObject(number, 0);
        copy.cached = cached.clone();
        copy.durable = durable.clone();
        copy.holes.or(holes);
        unsynced.forEach((sector, versions) -> copy.unsynced.put(sector, new ArrayList<>(versions)));
        return copy;
    }

    long number() {
        return number;
    }

    int length() {
        return cached.length;
    }

    boolean deleted() {
        return deleted;
    }

    void markDeleted() {
        deleted = true;
    }

    /** What readers see. The array is the object's own. */
    byte[] content() {
        return cached;
    }

    /** Puts whole sectors into the page cache. */
    void write(DiskOperation writer, int offset, byte[] bytes) {
        System.arraycopy(bytes, 0, cached, offset, bytes.length);
        holes.clear(offset / PART_BYTES, (offset + bytes.length - 1) / PART_BYTES + 1);
        for (int at = 0; at < bytes.length; at += SECTOR_BYTES) {
            byte[] sector = Arrays.copyOfRange(bytes, at, at + SECTOR_BYTES);
            unsynced.computeIfAbsent((offset + at) / SECTOR_BYTES, number -> new ArrayList<>())
                    .add(new UnsyncedSector(writer, sector));
        }
    }

    /** Makes durable what a sync submitted at {@code time} promises, and not a sector more. */
    void sync(long time) {
        unsynced.forEach((number, versions) -> {
            int covered = lastCovered(versions, time);
            if (covered >= 0) {
                persist(number, versions.get(covered));
                versions.subList(0, covered + 1).clear();
            }
        });
        unsynced.values().removeIf(List::isEmpty);
    }

    /** As Linux does after a failed write-back: the pages count as clean, so that no later sync writes them. */
    void syncFailed(long time) {
        for (List<UnsyncedSector> versions : unsynced.values()) {
            versions.subList(0, lastCovered(versions, time) + 1).forEach(UnsyncedSector::giveUp);
        }
    }

    /** Some of what could not be made durable is no longer to be read either: its pages are gone, or the disk's own cache is. */
    void forget(RandomGenerator random) {
        unsynced.entrySet().removeIf(sector -> {
            boolean forgotten = sector.getValue().stream().allMatch(UnsyncedSector::givenUp) && random.nextInt(4) > 0;
            if (forgotten) {
                int offset = sector.getKey() * SECTOR_BYTES;
                System.arraycopy(durable, offset, cached, offset, SECTOR_BYTES);
            }
            forgot |= forgotten;
            return forgotten;
        });
    }

    boolean forgot() {
        return forgot;
    }

    /** What was forgotten so far is known to be: {@link #forgot} tells of what comes. */
    void forgetsAnew() {
        forgot = false;
    }

    /** Gives back the room behind {@code bytes}. */
    void truncate(int bytes) {
        cached = Arrays.copyOf(cached, bytes);
        durable = Arrays.copyOf(durable, bytes);
        unsynced.tailMap(bytes / SECTOR_BYTES).clear();
        int parts = (bytes + PART_BYTES - 1) / PART_BYTES;
        holes.clear(parts, Math.max(parts, holes.length()));
    }

    /** Where the next part begins that is there, or is not. */
    long next(long offset, boolean there) {
        int part = Math.toIntExact(offset / PART_BYTES);
        int next = there ? holes.nextClearBit(part) : holes.nextSetBit(part);
        return next < 0 ? cached.length : Math.clamp((long) next * PART_BYTES, offset, cached.length);
    }

    /** What of a range is not there, in bytes. */
    int missing(long offset, long bytes) {
        int first = Math.toIntExact(offset / PART_BYTES);
        int end = Math.toIntExact((offset + bytes + PART_BYTES - 1) / PART_BYTES);
        int known = Math.clamp((cached.length + PART_BYTES - 1) / PART_BYTES, first, end);
        return (holes.get(first, known).cardinality() + end - known) * PART_BYTES;
    }

    /** What it takes on the disk, in bytes. */
    int usedBytes() {
        return Math.max(0, cached.length - holes.cardinality() * PART_BYTES);
    }

    /** Makes a hole of a range, which is read as zeroes. */
    void drop(int offset, long bytes) {
        int end = (int) Math.min(offset + bytes, cached.length);
        Arrays.fill(cached, offset, end, (byte) 0);
        Arrays.fill(durable, offset, end, (byte) 0);
        unsynced.subMap(offset / SECTOR_BYTES, (end + SECTOR_BYTES - 1) / SECTOR_BYTES)
                .clear();
        holes.set(offset / PART_BYTES, (end + PART_BYTES - 1) / PART_BYTES);
    }

    /** What is added is a hole. */
    void lengthen(int bytes) {
        int before = cached.length;
        if (bytes > before) {
            cached = Arrays.copyOf(cached, bytes);
            durable = Arrays.copyOf(durable, bytes);
            holes.set((before + PART_BYTES - 1) / PART_BYTES, (bytes + PART_BYTES - 1) / PART_BYTES);
        }
    }

    /** The power goes: each unsynced sector write is kept with probability {@code survival}, in any order. */
    void losePower(RandomGenerator random, double survival) {
        unsynced.forEach((number, versions) -> {
            versions.removeIf(version -> random.nextDouble() >= survival);
            if (!versions.isEmpty()) {
                persist(number, versions.get(random.nextInt(versions.size())));
            }
        });
        unsynced.clear();
        cached = durable.clone();
    }

    /** Whether something other than zeroes lies in the sector of {@code offset}. */
    boolean isWritten(int offset) {
        int sector = offset / SECTOR_BYTES * SECTOR_BYTES;
        for (int at = sector; at < Math.min(sector + SECTOR_BYTES, cached.length); at++) {
            if (cached[at] != 0) {
                return true;
            }
        }
        return false;
    }

    /** Rots one byte, on the medium and in what is read from it. */
    void flip(int offset, int mask) {
        cached[offset] ^= (byte) mask;
        durable[offset] ^= (byte) mask;
    }

    private void persist(int number, UnsyncedSector version) {
        System.arraycopy(version.bytes(), 0, durable, number * SECTOR_BYTES, SECTOR_BYTES);
    }

    private static int lastCovered(List<UnsyncedSector> versions, long time) {
        int last = versions.size() - 1;
        while (last >= 0 && !versions.get(last).coveredBySyncAt(time)) {
            last--;
        }
        return last;
    }
}
