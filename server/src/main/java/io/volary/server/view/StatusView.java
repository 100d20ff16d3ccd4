package io.volary.server.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.volary.volume.remote.RequestCounts;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the daemon says of itself.
 *
 * @param waiting the volumes whose disk is full, with how many requests wait for space; not there if there are none
 * @param damaged the volumes that can only be read, or not be used at all, with why; not there if there are none
 */
public record StatusView(
        long pid,
        String version,
        String pool,
        long uptimeSeconds,
        String ioEngine,
        List<LoopView> loops,
        StoreView store,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable
        Map<String, Integer> waiting,

        @JsonInclude(JsonInclude.Include.NON_EMPTY) @Nullable
        Map<String, String> damaged) {

    /** One event loop; {@code busyRatio} is over the last seconds, 0 to 1. */
    public record LoopView(String name, int volumes, double busyRatio, long polls, long sleeps) {}

    /**
     * Where the bytes are kept, and how many of them have not got there yet.
     *
     * @param slowsWrites whether guests are slowed down because of that
     * @param requests what was asked of the store since the start; not there for the local directory
     */
    public record StoreView(
            String type,
            long behindBytes,
            boolean slowsWrites,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            RequestCounts requests) {}
}
