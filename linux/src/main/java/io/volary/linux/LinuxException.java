package io.volary.linux;

/** A system call that failed outside the data path. */
public final class LinuxException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final String operation;
    private final String subject;
    private final int errno;

    /**
     * @param operation the system call
     * @param subject what it was applied to, such as a path; empty if nothing
     * @param errno an {@link Errno}, positive
     */
    public LinuxException(String operation, String subject, int errno) {
        super(operation + (subject.isEmpty() ? "" : " " + subject) + ": " + Errno.describe(errno));
        this.operation = operation;
        this.subject = subject;
        this.errno = errno;
    }

    /** Returns {@code result} if the call succeeded and throws if it is the negative of an {@link Errno}. */
    static long check(long result, String operation, String subject) {
        if (result < 0) {
            throw new LinuxException(operation, subject, (int) -result);
        }
        return result;
    }

    public String operation() {
        return operation;
    }

    public String subject() {
        return subject;
    }

    public int errno() {
        return errno;
    }
}
