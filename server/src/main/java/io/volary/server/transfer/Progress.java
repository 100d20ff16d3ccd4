package io.volary.server.transfer;

import io.volary.server.view.Sizes;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/** How far a transfer has come: a bar on a terminal, nothing elsewhere. */
public final class Progress implements AutoCloseable {
    private static final long INTERVAL_NANOS = 100_000_000;
    private static final int WIDTH = 40;

    private final @Nullable PrintStream terminal;
    private final long startNanos = System.nanoTime();
    private long lastNanos = startNanos;

    /** @param terminal where to draw, or null to draw nothing */
    public Progress(@Nullable PrintStream terminal) {
        this.terminal = terminal;
    }

    /** On standard error, if the launcher has found that to be a terminal. */
    public static Progress onTerminal() {
        return new Progress(System.getenv("VOLARY_TERMINAL") == null ? null : System.err);
    }

    /** @param total 0 if nobody knows */
    void show(long done, long total) {
        long now = System.nanoTime();
        if (terminal != null && (now - lastNanos >= INTERVAL_NANOS || done == total)) {
            lastNanos = now;
            terminal.print("\r" + line(done, total, now) + "\u001b[K");
            terminal.flush();
        }
    }

    private String line(long done, long total, long now) {
        double seconds = Math.max(1e-3, (now - startNanos) / 1e9);
        var speed = Sizes.format((long) (done / seconds)) + "/s";
        if (total == 0) {
            return Sizes.format(done) + "  " + speed;
        }
        int filled = (int) (done * (double) WIDTH / total);
        return "[" + "#".repeat(filled) + "-".repeat(WIDTH - filled) + "] "
                + 100 * (done >> 9) / Math.max(1, total >> 9) + " %  " + Sizes.format(done) + " of "
                + Sizes.format(total) + "  " + speed;
    }

    @Override
    public void close() {
        if (terminal != null) {
            terminal.println();
        }
    }
}
