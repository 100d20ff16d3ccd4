package io.volary.store.orangefs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What a child and its library print goes to the log, but not more than a little of it: the library can be long-winded. */
final class ChildOutput {
    private static final Logger LOGGER = LoggerFactory.getLogger(ChildOutput.class);
    private static final int MAX_LINE_BYTES = 500;
    private static final int LINES_PER_MINUTE = 20;
    private static final long MINUTE_NANOS = 60_000_000_000L;

    private final StringBuilder line = new StringBuilder();
    private boolean crashed;
    private volatile String last = "";
    private long minuteBegan = System.nanoTime();
    private int lines;

    /** Reads until the end; for a thread of its own. */
    void read(InputStream output) {
        byte[] bytes = new byte[4096];
        try (output) {
            int count = output.read(bytes);
            while (count >= 0) {
                take(new String(bytes, 0, count, StandardCharsets.ISO_8859_1));
                count = output.read(bytes);
            }
        } catch (IOException e) {
            LOGGER.debug("the output of OrangeFS's process ended", e);
        }
        endLine();
    }

    private void take(String text) {
        text.chars().forEach(c -> {
            if (c == '\n') {
                endLine();
            } else if (line.length() < MAX_LINE_BYTES) {
                line.append(c >= ' ' && c < 0x7f ? (char) c : '?');
            }
        });
    }

    private void endLine() {
        String text = line.toString().strip();
        line.setLength(0);
        if (text.isEmpty()) {
            return;
        }
        // After an abort the JVM says much; the library's own words come before.
        crashed |= text.startsWith("#");
        last = crashed ? last : text;
        if (System.nanoTime() - minuteBegan > MINUTE_NANOS) {
            minuteBegan = System.nanoTime();
            lines = 0;
        }
        if (++lines <= LINES_PER_MINUTE) {
            LOGGER.warn("OrangeFS's library: {}", text);
        }
    }

    /** The last line that was not the JVM's; empty if there is none. */
    String last() {
        return last;
    }
}
