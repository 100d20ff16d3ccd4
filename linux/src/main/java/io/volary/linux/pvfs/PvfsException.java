package io.volary.linux.pvfs;

import io.volary.linux.Errno;

/** A call of the library that failed. */
public final class PvfsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int errno;

    /**
     * @param operation the library's function
     * @param subject what it was applied to; empty if nothing
     * @param errno an {@link Errno}, positive
     */
    public PvfsException(String operation, String subject, int errno) {
        super(operation + (subject.isEmpty() ? "" : " " + subject) + ": " + Errno.describe(errno));
        this.errno = errno;
    }

    /** Linux's number for what the library said. */
    public int errno() {
        return errno;
    }
}
