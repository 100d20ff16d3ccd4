package io.volary.volume.image;

import org.jspecify.annotations.Nullable;

/** An {@link Image} could not do what it was asked. The message names store, file and reason. */
public final class ImageException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** What callers tell apart. */
    public enum Kind {
        NOT_FOUND,
        /** There is a file of another size. */
        EXISTS,
        NO_SPACE,
        /** Nobody answers. The same call may succeed later. */
        UNREACHABLE,
        IO_ERROR
    }

    private final Kind kind;

    public ImageException(Kind kind, String message) {
        this(kind, message, null);
    }

    public ImageException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
