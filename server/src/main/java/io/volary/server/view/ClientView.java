package io.volary.server.view;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;

/**
 * A client that is attached to a volume.
 *
 * @param snapshot the one that it uses, or null for the volume itself
 * @param waiting how many of its requests wait for space on the disk; not there if none does
 */
public record ClientView(
        String export,
        String peer,
        boolean writer,
        @Nullable String snapshot,

        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer waiting) {}
