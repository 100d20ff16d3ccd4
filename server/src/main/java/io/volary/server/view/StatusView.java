package io.volary.server.view;

import java.util.List;

/** What the daemon says of itself. */
public record StatusView(
        long pid,
        String version,
        String pool,
        long uptimeSeconds,
        String ioEngine,
        List<LoopView> loops,
        StoreView store) {

    /** One event loop; {@code busyRatio} is over the last seconds, 0 to 1. */
    public record LoopView(String name, int volumes, double busyRatio, long polls, long sleeps) {}

    /** Where the bytes are kept, and how many of them have not got there yet. */
    public record StoreView(String type, long behindBytes) {}
}
