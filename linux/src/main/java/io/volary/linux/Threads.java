package io.volary.linux;

/** Waiting for threads that use memory or descriptors which are freed after them. */
public final class Threads {
    private Threads() {}

    /** Waits until {@code thread} has ended; an interrupt is kept for later. */
    public static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
