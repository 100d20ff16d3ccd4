package io.volary.export.fuse;

/** What a file was asked to do is refused or has failed. Users see the number, the log has the message. */
public final class FileRefusal extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int errno;

    /** @param errno one of {@link io.volary.linux.Errno}, positive */
    public FileRefusal(int errno, String message) {
        super(message);
        this.errno = errno;
    }

    public int errno() {
        return errno;
    }
}
