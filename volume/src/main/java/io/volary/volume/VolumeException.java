package io.volary.volume;

import org.jspecify.annotations.Nullable;

/** A control operation was refused or failed. The message says what, which volume, why, and what to do. */
public final class VolumeException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What a caller can tell apart. */
    public enum Kind {
        /** No volume or snapshot of that name. */
        NOT_FOUND,
        /** The name is taken. */
        EXISTS,
        /** A name, size or option that is never valid. */
        INVALID,
        /** The state of the volume forbids it now: a client holds it, it has snapshots, it is being imported. */
        BUSY,
        /** The disk is full. */
        NO_SPACE,
        /** What is stored is damaged. */
        CORRUPT,
        /** The disk failed. */
        IO_ERROR,
        /** The vPool is in use by another daemon, or was taken over by another owner. */
        FENCED,
        /** The data was written by a newer version of Volary. */
        NEWER_FORMAT
    }

    private final Kind kind;

    public VolumeException(Kind kind, String message) {
        this(kind, message, null);
    }

    public VolumeException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
