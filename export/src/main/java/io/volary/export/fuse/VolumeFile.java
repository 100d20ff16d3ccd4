package io.volary.export.fuse;

import io.volary.block.Completion;
import io.volary.export.Export;

/**
 * A volume or snapshot as a file.
 *
 * @param export its device has the byte as its unit, and the file's exact size
 * @param growth makes it longer
 */
public record VolumeFile(Export export, Growth growth) {
    /** How a file gets longer by what is written behind its end. */
    @FunctionalInterface
    public interface Growth {
        /**
         * Makes the file at least {@code bytes} long. On the loop of the volume; {@code done} is called exactly once, there too,
         * possibly at once. Durable with the next flush.
         */
        void extend(long bytes, Completion done);
    }
}
