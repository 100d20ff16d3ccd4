package io.volary.server.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/** The bodies of REST requests. Sizes are in bytes. */
public final class Requests {
    /**
     * A new volume.
     *
     * @param size may only be missing for a file that is there
     * @param on the file that it is to be, such as {@code orangefs:/images/disk.raw}; null for a volume in the vPool
     */
    public record Create(
            String name,
            @Nullable Long size,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String on) {}

    /** The volume that a file is, which is made if there is none; {@code size} as in {@link Create}. */
    public record Image(String on, @Nullable Long size) {}

    /** A volume to import into. */
    public record Import(String name, long size) {}

    /** A new size; {@code shrink} allows a smaller one. */
    public record Resize(long size, boolean shrink) {}

    /** A new snapshot. */
    public record Snapshot(String name) {}

    /** A clone of {@code snapshot} or, if that is null, of this instant. */
    public record Clone(String name, @Nullable String snapshot) {}

    /** Whether several clients may write at a time. */
    public record Share(boolean shared) {}

    /** The end of an import; {@code size} is the volume's final one. */
    public record Publish(long size) {}

    private Requests() {}
}
