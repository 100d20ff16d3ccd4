package io.volary.fuzz;

import java.util.HexFormat;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Ends the process if a case does not end: nothing else could. */
final class HangWatch implements AutoCloseable {
    private static final long PATIENCE_MILLIS = 30_000;

    private final String target;
    private final Thread watcher;
    private volatile byte @Nullable [] underWay;

    HangWatch(String target) {
        this.target = target;
        watcher = Thread.ofPlatform().daemon().name("fuzz-watch").start(this::watch);
    }

    void begin(byte[] input) {
        underWay = input;
    }

    void end() {
        underWay = null;
    }

    @SuppressWarnings("ReferenceEquality") // it is the same case, and not one like it
    private void watch() {
        try {
            while (true) {
                byte[] input = underWay;
                Thread.sleep(PATIENCE_MILLIS);
                if (input != null && input == underWay) {
                    die(input);
                }
            }
        } catch (InterruptedException closed) {
            // as it should be
        }
    }

    private void die(byte[] input) {
        System.err.println(
                target + " does not end with the input " + HexFormat.of().formatHex(input));
        for (Map.Entry<Thread, StackTraceElement[]> thread :
                Thread.getAllStackTraces().entrySet()) {
            System.err.println(thread.getKey());
            for (StackTraceElement frame : thread.getValue()) {
                System.err.println("    at " + frame);
            }
        }
        Runtime.getRuntime().halt(1);
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
