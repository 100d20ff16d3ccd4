package io.volary.volume.store;

import io.volary.volume.store.StoreException.Kind;
import java.util.List;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executor;

/**
 * Keeps everything on the Java heap, for tests and for a vPool that is thrown away. What is written is there at once;
 * only the callbacks are late. Closing forgets nothing, so an engine can be opened on the same store again.
 */
public final class MemorySegmentStore implements SegmentStore {
    private final Executor loop;
    private final Capacity capacity;
    private final ConcurrentSkipListMap<Long, MemoryObject> objects = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<Long, byte[]> manifests = new ConcurrentSkipListMap<>();

    /** @param loop runs the callbacks, in the order it is given them and never inside the call: the family's event loop */
    public MemorySegmentStore(Executor loop, Capacity capacity) {
        this.loop = loop;
        this.capacity = capacity;
    }

    // One create or putManifest at a time, so that two of them cannot take the same last room.
    @Override
    public synchronized SegmentFile create(long object, int bytes, Purpose purpose) {
        SectorTransfer.checkSealedLength(object, bytes, bytes);
        if (objects.containsKey(object)) {
            throw new StoreException(Kind.EXISTS, "segment %016x exists".formatted(object));
        }
        takeRoom("segment %016x".formatted(object), bytes, purpose);
        MemoryObject made = new MemoryObject(bytes);
        objects.put(object, made);
        return new MemorySegmentFile(object, made, loop, true);
    }

    @Override
    public SegmentFile open(long object) {
        return open(object, false);
    }

    @Override
    public SegmentFile openForRecovery(long object) {
        return open(object, true);
    }

    private SegmentFile open(long object, boolean writable) {
        MemoryObject found = objects.get(object);
        if (found == null) {
            throw new StoreException(Kind.NOT_FOUND, "segment %016x does not exist".formatted(object));
        }
        return new MemorySegmentFile(object, found, loop, writable);
    }

    @Override
    public List<Long> objects() {
        return List.copyOf(objects.keySet());
    }

    @Override
    public void delete(long object) {
        objects.remove(object);
    }

    @Override
    public synchronized void putManifest(long number, byte[] content, List<Needed> needed) {
        if (manifests.containsKey(number)) {
            throw new StoreException(Kind.EXISTS, "manifest %016x exists".formatted(number));
        }
        takeRoom("manifest %016x".formatted(number), content.length, Purpose.HOUSEKEEPING);
        manifests.put(number, content.clone());
    }

    @Override
    public List<Long> manifests() {
        return List.copyOf(manifests.keySet());
    }

    @Override
    public byte[] manifest(long number) {
        byte[] content = manifests.get(number);
        if (content == null) {
            throw new StoreException(Kind.NOT_FOUND, "manifest %016x does not exist".formatted(number));
        }
        return content.clone();
    }

    @Override
    public void deleteManifest(long number) {
        manifests.remove(number);
    }

    @Override
    public long storedBytes() {
        long bytes = 0;
        for (MemoryObject object : objects.values()) {
            bytes += object.length();
        }
        for (byte[] content : manifests.values()) {
            bytes += content.length;
        }
        return bytes;
    }

    @Override
    public void close() {}

    private void takeRoom(String what, long bytes, Purpose purpose) {
        if (!capacity.admits(storedBytes(), bytes, purpose)) {
            throw new StoreException(
                    Kind.NO_SPACE,
                    "%s needs %d bytes: of %d bytes, %d are reserved and %d are used"
                            .formatted(what, bytes, capacity.bytes(), capacity.reserveBytes(), storedBytes()));
        }
    }
}
