package io.volary.volume.space;

import io.volary.linux.PageMemory;
import io.volary.volume.Limits;
import io.volary.volume.format.Checksum;
import io.volary.volume.format.NativeBuffer;
import io.volary.volume.format.SegmentHeader;
import io.volary.volume.store.SegmentFile;
import io.volary.volume.store.SegmentStore;
import io.volary.volume.store.StoreException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes the files of new segments, seals those that are full and deletes those that nobody needed, all in the background.
 * A segment gets into the table when it is first written to, so that no manifest refers to one that may be dropped.
 * Confined to the loop's thread.
 */
public final class SegmentMaker {
    private static final Logger LOG = LoggerFactory.getLogger(SegmentMaker.class);

    private static final int ZEROES_BYTES = 1 << 20;

    private final UUID family;
    private final SegmentStore store;
    private final Numbering numbering;
    private final ObjectFiles files;
    private final Background background;
    private int underWay;
    private boolean failing;

    /** The file of a new segment, with its header in it, and open until it is sealed or dropped. */
    public record Made(long number, ObjectFiles.OpenObject object, int blocks) {
        public SegmentFile file() {
            return object.file;
        }
    }

    public SegmentMaker(
            UUID family, SegmentStore store, Numbering numbering, ObjectFiles files, Background background) {
        this.family = family;
        this.store = store;
        this.numbering = numbering;
        this.files = files;
        this.background = background;
    }

    /** Makes a segment with room for {@code bytes} bytes. */
    public void make(
            SegmentHeader.Kind kind, int bytes, SegmentStore.Purpose purpose, Background.Outcome<Made> outcome) {
        make(kind, bytes, purpose, false, outcome);
    }

    /**
     * As the other one.
     *
     * @param written whether zeroes are written to all of it: a later sync of what is written over them needs not tell the file
     *     system where that lies
     */
    public void make(
            SegmentHeader.Kind kind,
            int bytes,
            SegmentStore.Purpose purpose,
            boolean written,
            Background.Outcome<Made> outcome) {
        long number = numbering.takeSegment();
        long object = numbering.takeObject(kind);
        int epoch = numbering.epoch();
        underWay++;
        background.run(() -> make(object, number, epoch, kind, bytes, purpose, written), (file, failure) -> {
            underWay--;
            report(kind, failure);
            outcome.done(file == null ? null : new Made(number, files.add(file), bytes / Limits.BLOCK_BYTES), failure);
        });
    }

    /**
     * Gives the {@code room} blocks behind the first {@code blocks} back; nothing will be written any more, and all of it is
     * durable. A single block is not worth what its return costs the disk.
     */
    public void seal(ObjectFiles.OpenObject object, int blocks, int room) {
        object.file.settled((long) blocks * Limits.BLOCK_BYTES, true);
        if (room <= 1) {
            files.unpin(object);
            return;
        }
        underWay++;
        background.run(
                () -> {
                    object.file.seal((long) blocks * Limits.BLOCK_BYTES);
                    return object;
                },
                (closed, failure) -> {
                    underWay--;
                    files.unpin(object);
                });
    }

    /** Deletes a segment that was made and never used. */
    public void drop(ObjectFiles.OpenObject object) {
        long number = object.file.object();
        files.unpin(object);
        files.drop(number);
        underWay++;
        background.run(
                () -> {
                    store.delete(number);
                    return number;
                },
                (deleted, failure) -> underWay--); // what stays is deleted at the next start
    }

    /** Whether something is under way, so that nothing may be closed. */
    public boolean busy() {
        return underWay > 0;
    }

    private SegmentFile make(
            long object,
            long number,
            int epoch,
            SegmentHeader.Kind kind,
            int bytes,
            SegmentStore.Purpose purpose,
            boolean written) {
        SegmentFile file = store.create(object, bytes, purpose);
        try (Arena arena = Arena.ofConfined()) {
            if (written) {
                writeZeroes(file, bytes, PageMemory.allocate(arena, ZEROES_BYTES));
            }
            NativeBuffer header = NativeBuffer.allocate(arena, Limits.BLOCK_BYTES);
            SegmentHeader.write(header, family, number, epoch, kind, new Checksum());
            file.writeFully(0, header.memory());
            file.syncFully(); // so what is behind a header that cannot be read was never in use, or the header has
            // rotted
            return file;
        } catch (StoreException e) {
            file.close();
            discard(object, e);
            throw e;
        }
    }

    private static void writeZeroes(SegmentFile file, int bytes, MemorySegment zeroes) {
        for (int at = 0; at < bytes; at += ZEROES_BYTES) {
            file.writeFully(at, zeroes.asSlice(0, Math.min(ZEROES_BYTES, bytes - at)));
        }
    }

    private void discard(long object, StoreException reason) {
        try {
            store.delete(object);
        } catch (StoreException e) {
            reason.addSuppressed(e);
        }
    }

    /** The first of a row of failures is told of; who asked says what follows from a full disk. */
    private void report(SegmentHeader.Kind kind, @Nullable RuntimeException failure) {
        boolean full = failure instanceof StoreException e && e.kind() == StoreException.Kind.NO_SPACE;
        if (failure != null && !failing && !full) {
            LOG.error("Clone family {}: a segment ({}) could not be made", family, kind, failure);
        }
        failing = failure != null;
    }
}
