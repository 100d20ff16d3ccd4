package io.volary.server.transfer;

import org.jspecify.annotations.Nullable;

/** An import or export has failed; the message says what, which volume, why, and what to do. */
public final class TransferException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public TransferException(String message) {
        this(message, null);
    }

    public TransferException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
