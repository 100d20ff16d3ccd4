package io.volary.server.view;

import org.jspecify.annotations.Nullable;

/** The bodies of REST requests. Sizes are in bytes. */
public final class Requests {
    /** A new volume, or one to import into. */
    public record Create(String name, long size) {}

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
