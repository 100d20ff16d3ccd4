package io.volary.server.view;

import org.jspecify.annotations.Nullable;

/** A client that is attached to a volume; {@code snapshot} is null when it uses the volume itself. */
public record ClientView(
        String export,
        String peer,
        boolean writer,
        @Nullable String snapshot) {}
