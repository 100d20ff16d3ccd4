package io.volary.volume;

import io.volary.linux.EventLoop;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A vPool: the volumes in one directory, and the only way to them. The caller has made sure that it is the directory's
 * only user. Control operations, as {@link Volume}'s.
 */
public final class VolumePool implements AutoCloseable {
    private VolumePool() {}

    /**
     * Opens the vPool in {@code directory}, making it if it is not there. Volumes that were being imported when the last
     * owner died are removed.
     *
     * @param loops where the volumes live, at least one, started; they stay the caller's to close, after the vPool
     * @throws VolumeException NEWER_FORMAT, CORRUPT, IO_ERROR
     */
    public static VolumePool open(Path directory, EngineOptions options, List<EventLoop> loops) {
        throw new UnsupportedOperationException();
    }

    /**
     * Makes a thin volume.
     *
     * @throws VolumeException EXISTS; INVALID for a bad name or a size that is not a positive multiple of 512 up to 64 TiB
     */
    public Volume create(String name, long bytes) {
        throw new UnsupportedOperationException();
    }

    /**
     * Makes a volume that nobody sees, and that takes its name, until {@link Volume#publish()}; {@link #delete} gives it
     * up, and so does the death of the process.
     */
    public Volume createImporting(String name, long bytes) {
        throw new UnsupportedOperationException();
    }

    /** All volumes, without those being imported, by name. */
    public List<Volume> volumes() {
        throw new UnsupportedOperationException();
    }

    /** @throws VolumeException NOT_FOUND; BUSY while it is being imported */
    public Volume volume(String name) {
        throw new UnsupportedOperationException();
    }

    /** Makes a writable clone of a snapshot or, if that is null, of the volume as it is at this instant. */
    public Volume clone(String source, @Nullable String snapshot, String name) {
        throw new UnsupportedOperationException();
    }

    /** Deletes a volume and its snapshots; clones are unaffected. Its space comes back in the background. */
    public void delete(String name) {
        throw new UnsupportedOperationException();
    }

    /** Makes everything durable and closes all volumes. No queue may be open. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }
}
