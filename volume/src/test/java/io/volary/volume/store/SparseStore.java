package io.volary.volume.store;

import io.volary.linux.IoEngine;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * A {@link DirectoryStore} that does not keep blocks of zeroes: an object of guests' data that is nothing but zeroes takes the disk
 * space of its record headers. So the map of a volume larger than the disk can be made by ordinary writes. What is kept is kept as
 * a {@code DirectoryStore} does, and can be opened as one: the file system makes the zeroes up when they are read.
 */
public final class SparseStore implements SegmentStore {
    private final DirectoryStore kept;
    private final Path segments;
    private final Executor loop;

    /** @param loop the family's event loop, to whose thread {@code io} belongs */
    public SparseStore(Path directory, IoEngine io, Executor loop) {
        this.kept = new DirectoryStore(directory, io, 0);
        this.segments = directory.resolve("segments");
        this.loop = loop;
    }

    @Override
    public SegmentFile create(long object, int bytes, Purpose purpose) {
        Path path = segments.resolve("%016x.seg".formatted(object));
        return new SparseSegmentFile(kept.create(object, bytes, purpose), path, bytes, loop);
    }

    @Override
    public SegmentFile open(long object) {
        return kept.open(object);
    }

    @Override
    public SegmentFile openForRecovery(long object) {
        return kept.openForRecovery(object);
    }

    @Override
    public List<Long> objects() {
        return kept.objects();
    }

    @Override
    public void delete(long object) {
        kept.delete(object);
    }

    @Override
    public void putManifest(long number, byte[] content, List<Needed> needed) {
        kept.putManifest(number, content, needed);
    }

    @Override
    public List<Long> manifests() {
        return kept.manifests();
    }

    @Override
    public byte[] manifest(long number) {
        return kept.manifest(number);
    }

    @Override
    public void deleteManifest(long number) {
        kept.deleteManifest(number);
    }

    @Override
    public long storedBytes() {
        return kept.storedBytes();
    }

    @Override
    public void close() {
        kept.close();
    }
}
