package io.volary.volume.store;

import io.volary.linux.Errno;
import io.volary.volume.store.StoreException.Kind;
import java.util.List;

/** A {@link SimulatedDisk} as one process sees it, until it dies. */
final class SimulatedStore implements PartialStore {
    private final SimulatedDisk disk;

    SimulatedStore(SimulatedDisk disk) {
        this.disk = disk;
    }

    @Override
    public SegmentFile create(long object, int bytes, Purpose purpose) {
        checkAlive();
        SectorTransfer.checkSealedLength(object, bytes, bytes);
        if (disk.objects().containsKey(object)) {
            throw new StoreException(Kind.EXISTS, "segment %016x exists".formatted(object));
        }
        disk.takeRoom(name(object), bytes, purpose);
        SimulatedObject made = new SimulatedObject(object, bytes);
        run(new CreateOperation(disk.objects(), object, made), name(object));
        return new SimulatedFile(disk, this, object, made, true);
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
        checkAlive();
        change(DiskOperationKind.OPEN, object, name(object), () -> {});
        return new SimulatedFile(disk, this, object, disk.existing(object), writable);
    }

    /** That a name is made is forgotten by no crash: nobody may rely on that. */
    @Override
    public PartialSegmentFile openPartial(long object) {
        checkAlive();
        change(
                DiskOperationKind.OPEN,
                object,
                name(object),
                () -> disk.objects().computeIfAbsent(object, number -> new SimulatedObject(number, 0)));
        SimulatedObject found = disk.existing(object);
        return new SimulatedPartialFile(new SimulatedFile(disk, this, object, found, true), this, found);
    }

    @Override
    public List<Long> objects() {
        checkAlive();
        return List.copyOf(disk.objects().keySet());
    }

    @Override
    public void delete(long object) {
        change(DiskOperationKind.DELETE, object, name(object), () -> {
            SimulatedObject gone = disk.objects().remove(object);
            if (gone != null) {
                gone.markDeleted();
            }
        });
    }

    @Override
    public void putManifest(long number, byte[] content, List<Needed> needed) {
        checkAlive();
        if (disk.manifests().containsKey(number)) {
            throw new StoreException(Kind.EXISTS, "manifest %016x exists".formatted(number));
        }
        disk.takeRoom("manifest %016x".formatted(number), content.length, Purpose.HOUSEKEEPING);
        byte[] kept = content.clone();
        change(
                DiskOperationKind.PUT_MANIFEST,
                0,
                "manifest %016x".formatted(number),
                () -> disk.manifests().put(number, kept));
    }

    @Override
    public List<Long> manifests() {
        checkAlive();
        return List.copyOf(disk.manifests().keySet());
    }

    @Override
    public byte[] manifest(long number) {
        change(DiskOperationKind.READ_MANIFEST, 0, "manifest %016x".formatted(number), () -> {});
        byte[] content = disk.manifests().get(number);
        if (content == null) {
            throw new StoreException(Kind.NOT_FOUND, "manifest %016x does not exist".formatted(number));
        }
        return content.clone();
    }

    @Override
    public void deleteManifest(long number) {
        change(
                DiskOperationKind.DELETE_MANIFEST,
                0,
                "manifest %016x".formatted(number),
                () -> disk.manifests().remove(number));
    }

    @Override
    public long storedBytes() {
        checkAlive();
        return disk.usedBytes();
    }

    @Override
    public void close() {}

    /** Does an operation at once, or throws its failure. */
    int run(DiskOperation operation, String what) {
        checkAlive();
        int result = disk.run(operation);
        if (result < 0) {
            Kind kind = result == -Errno.ENOSPC ? Kind.NO_SPACE : Kind.IO_ERROR;
            throw new StoreException(kind, "%s: %s: errno %d".formatted(operation.kind, what, -result));
        }
        return result;
    }

    void change(DiskOperationKind kind, long object, String what, Runnable change) {
        run(new NameOperation(kind, object, change), what);
    }

    /** For what is fetched: files that have holes know of no reserve. */
    void takeRoom(long object, int bytes) {
        checkAlive();
        disk.takeRoom(name(object), bytes, Purpose.HOUSEKEEPING);
    }

    private void checkAlive() {
        if (!disk.alive(this)) {
            throw new SimulatedCrash("this process is dead");
        }
    }

    private static String name(long object) {
        return "segment %016x".formatted(object);
    }
}
