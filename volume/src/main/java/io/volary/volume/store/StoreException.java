package io.volary.volume.store;

import org.jspecify.annotations.Nullable;

/** A {@link SegmentStore} could not do what it was asked. The message names the object and the reason. */
public final class StoreException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What callers tell apart. */
    public enum Kind {
        NOT_FOUND,
        EXISTS,
        NO_SPACE,
        IO_ERROR
    }

    private final Kind kind;

    public StoreException(Kind kind, String message) {
        this(kind, message, null);
    }

    public StoreException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
